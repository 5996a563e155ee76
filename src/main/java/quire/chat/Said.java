package quire.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * What a choice says as a whole.
 *
 * @param reasoning its thought, empty without one
 * @param content its text, maybe empty
 * @param endsByCalling whether, if it ended by itself, it ended in order to call
 */
public record Said(String reasoning, String content, List<Turn.Call> calls, boolean endsByCalling) {

    public Said {
        calls = List.copyOf(calls);
    }

    /** Reads the text of a choice that has ended. */
    public static Said of(String text, Reading reading) {
        Collector collector = new Collector();
        ChoiceReader reader = new ChoiceReader(reading, collector);
        reader.feed(text);
        reader.finish();
        return new Said(
                collector.reasoning.toString(),
                collector.content.toString(),
                collector.calls(),
                reader.endsByCalling());
    }

    private static final class Collector implements ChoiceReader.Listener {

        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder content = new StringBuilder();
        private final List<Turn.Call> begun = new ArrayList<>();
        private final List<StringBuilder> arguments = new ArrayList<>();

        @Override
        public void reasoning(CharSequence text) {
            reasoning.append(text);
        }

        @Override
        public void content(CharSequence text) {
            content.append(text);
        }

        @Override
        public void begin(int index, String id, String name) {
            begun.add(new Turn.Call(id, name, ""));
            arguments.add(new StringBuilder());
        }

        @Override
        public void arguments(int index, CharSequence piece) {
            arguments.get(index).append(piece);
        }

        private List<Turn.Call> calls() {
            List<Turn.Call> calls = new ArrayList<>();
            for (Turn.Call call : begun) {
                String text = arguments.get(calls.size()).toString();
                calls.add(new Turn.Call(call.id(), call.name(), text));
            }
            return calls;
        }
    }
}
