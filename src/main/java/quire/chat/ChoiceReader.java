package quire.chat;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Optional;
import quire.reasoning.ReasoningListener;
import quire.reasoning.ReasoningParser;
import quire.toolcall.ToolCallListener;
import quire.toolcall.ToolCallParser;

/**
 * Reads one choice, and tells thought, text and calls as the request wants them: calls are numbered
 * and have ids, are one at most, or none.
 */
public final class ChoiceReader {

    /** Hears what is said; pieces are valid during the call. */
    public interface Listener {

        void reasoning(CharSequence text);

        void content(CharSequence text);

        void begin(int index, String id, String name);

        void arguments(int index, CharSequence piece);
    }

    private final Listener listener;
    private final boolean thoughtsShown;
    private final Optional<ReasoningParser> thoughts;
    private final Optional<ToolCallParser> tools;
    private final boolean endsByCalling;
    private int numCalls;

    public ChoiceReader(Reading reading, Listener listener) {
        this.listener = listener;
        this.thoughtsShown = reading.thoughts().map(Reading.Thoughts::shown).orElse(false);
        this.thoughts =
                reading.thoughts()
                        .map(known -> known.format().parser(known.open(), new Thoughts()));
        this.tools =
                reading.tools()
                        .map(use -> use.parser(new Calls(use, listener), new AsText(listener)));
        this.endsByCalling = reading.tools().map(ToolUse::endsByCalling).orElse(false);
    }

    /** Reads more of the text. */
    public void feed(CharSequence text) {
        if (thoughts.isPresent()) {
            thoughts.get().feed(text);
        } else {
            answer(text);
        }
    }

    private void answer(CharSequence text) {
        if (tools.isPresent()) {
            tools.get().feed(text);
        } else if (!text.isEmpty()) {
            listener.content(text);
        }
    }

    /** The choice has ended. */
    public void finish() {
        thoughts.ifPresent(ReasoningParser::finish);
        tools.ifPresent(ToolCallParser::finish);
    }

    /** Whether an answer that ended by itself has ended in order to call. */
    public boolean endsByCalling() {
        return endsByCalling && numCalls > 0;
    }

    private final class Thoughts implements ReasoningListener {

        @Override
        public void reasoning(CharSequence text) {
            if (thoughtsShown) {
                listener.reasoning(text);
            }
        }

        @Override
        public void answer(CharSequence text) {
            ChoiceReader.this.answer(text);
        }
    }

    private final class Calls implements ToolCallListener {

        private final ToolUse use;
        private final Listener listener;
        private boolean counts;

        Calls(ToolUse use, Listener listener) {
            this.use = use;
            this.listener = listener;
        }

        @Override
        public void content(CharSequence text) {
            listener.content(text);
        }

        @Override
        public void begin(String name) {
            counts = use.parallel() || numCalls == 0;
            if (counts) {
                listener.begin(numCalls++, use.newId(), name);
            }
        }

        @Override
        public void arguments(CharSequence piece) {
            if (counts) {
                listener.arguments(numCalls - 1, piece);
            }
        }

        @Override
        public void end() {}
    }

    /** Tells a call that nobody asked for as what it says. */
    private record AsText(Listener listener) implements ToolCallListener {

        @Override
        public void content(CharSequence text) {
            listener.content(text);
        }

        @Override
        public void begin(String name) {
            listener.content("{\"name\": " + new TextNode(name) + ", \"arguments\": ");
        }

        @Override
        public void arguments(CharSequence piece) {
            listener.content(piece);
        }

        @Override
        public void end() {
            listener.content("}");
        }
    }
}
