package quire.reasoning;

/**
 * Splits what one choice says into a thought, {@code <think>…</think>}, and the answer behind it. A
 * thought stands at the beginning or not at all; its marks anywhere else are text. Line breaks
 * beside the marks belong to the format (Qwen3's and DeepSeek's templates write them).
 */
public final class ReasoningParser {

    private enum State {
        /** Nothing but white space came. */
        BEGINNING,
        THOUGHT,
        /** Line breaks behind a thought. */
        BEHIND_THOUGHT,
        ANSWER
    }

    /** More white space beside a mark is not the format's. */
    private static final int MAX_HELD = 256;

    private final ReasoningListener listener;
    private final StringBuilder out = new StringBuilder();

    /** What may be a mark, or line breaks that belong to one. */
    private final StringBuilder held = new StringBuilder();

    private State state;
    private boolean hasThought;

    ReasoningParser(boolean open, ReasoningListener listener) {
        this.state = open ? State.THOUGHT : State.BEGINNING;
        this.listener = listener;
    }

    /** Reads more of the text. */
    public void feed(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            accept(text.charAt(i));
        }
        flush();
    }

    /** Ends the text: what was held back is told. */
    public void finish() {
        if (state == State.THOUGHT) {
            int end = held.length();
            while (end > 0 && held.charAt(end - 1) == '\n') {
                end--;
            }
            held.setLength(end);
        }
        tellHeld();
        flush();
    }

    /** Whether what comes next belongs to a thought. */
    public boolean isThinking() {
        return state == State.THOUGHT;
    }

    private void accept(char c) {
        switch (state) {
            case BEGINNING -> {
                held.append(c);
                String said = held.toString().stripLeading();
                if (said.equals(ReasoningFormat.OPEN)) {
                    held.setLength(0);
                    state = State.THOUGHT;
                } else if (held.length() > MAX_HELD || !ReasoningFormat.OPEN.startsWith(said)) {
                    state = State.ANSWER;
                    tellHeld();
                }
            }
            case THOUGHT -> thoughtCharacter(c);
            case BEHIND_THOUGHT -> {
                if (c != '\n') {
                    state = State.ANSWER;
                    out.append(c);
                }
            }
            case ANSWER -> out.append(c);
        }
    }

    private void thoughtCharacter(char c) {
        held.append(c);
        int mark = 0;
        while (mark < held.length() && held.charAt(mark) == '\n') {
            mark++;
        }
        if (mark > MAX_HELD) {
            String rest = held.substring(mark);
            held.setLength(mark);
            tellHeld();
            held.append(rest);
            mark = 0;
        }
        String said = held.substring(mark);
        if (said.equals(ReasoningFormat.CLOSE)) {
            held.setLength(0);
            flush();
            state = State.BEHIND_THOUGHT;
        } else if (!ReasoningFormat.CLOSE.startsWith(said)) {
            // Of what was held back only the last character may be the beginning of a mark.
            boolean mayBegin = c == '\n' || c == '<';
            held.setLength(held.length() - (mayBegin ? 1 : 0));
            tellHeld();
            if (mayBegin) {
                held.append(c);
            }
        }
    }

    private void tellHeld() {
        int from = 0;
        if (state == State.THOUGHT && !hasThought) {
            while (from < held.length() && held.charAt(from) == '\n') {
                from++;
            }
        }
        hasThought |= from < held.length();
        out.append(held, from, held.length());
        held.setLength(0);
    }

    private void flush() {
        if (!out.isEmpty()) {
            if (state == State.THOUGHT) {
                listener.reasoning(out);
            } else {
                listener.answer(out);
            }
            out.setLength(0);
        }
    }
}
