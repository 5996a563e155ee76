package quire.toolcall;

/**
 * Calls as DeepSeek's models write them, between markers of their own (here in short):
 *
 * <ul>
 *   <li>V3 and R1: {@code <calls begin><call begin>function<sep>get_weather}, a line break, and the
 *       arguments in a fenced block of JSON, {@code <call end><calls end>};
 *   <li>V3.1: {@code <calls begin><call begin>get_weather<sep>{"city": "Bonn"}<call end><calls
 *       end>}.
 * </ul>
 */
final class DeepSeekParser extends ToolCallParser {

    static final String CALLS_BEGIN = "<｜tool▁calls▁begin｜>";
    static final String CALLS_END = "<｜tool▁calls▁end｜>";
    static final String CALL_BEGIN = "<｜tool▁call▁begin｜>";
    static final String CALL_END = "<｜tool▁call▁end｜>";
    static final String SEPARATOR = "<｜tool▁sep｜>";

    private static final int MAX_HEAD_CHARS = 1024;

    private enum State {
        TEXT,
        BEFORE_CALL,
        HEAD,
        ARGUMENTS,
        AFTER_ARGUMENTS
    }

    private final Markers markers = new Markers(found, CALLS_BEGIN, CALL_BEGIN);

    /** What was read since the text or the last call, and is text where no call follows. */
    private final StringBuilder before = new StringBuilder();

    /** What was read behind a marker. */
    private final StringBuilder head = new StringBuilder();

    private State state = State.TEXT;
    private JsonSpan arguments;

    DeepSeekParser(ToolCallListener listener) {
        super(listener);
    }

    @Override
    void accept(char c) {
        switch (state) {
            case TEXT ->
                    markers.find(c)
                            .ifPresent(
                                    marker -> {
                                        before.append(marker);
                                        state =
                                                marker.equals(CALL_BEGIN)
                                                        ? State.HEAD
                                                        : State.BEFORE_CALL;
                                    });
            case BEFORE_CALL -> beforeCall(c);
            case HEAD -> headCharacter(c);
            case ARGUMENTS -> {
                arguments.accept(c);
                found.arguments(c);
                if (arguments.isComplete()) {
                    found.end();
                    state = State.AFTER_ARGUMENTS;
                }
            }
            case AFTER_ARGUMENTS -> afterArguments(c);
        }
    }

    private void beforeCall(char c) {
        head.append(c);
        String said = head.toString().strip();
        if (said.equals(CALL_BEGIN)) {
            before.append(head);
            head.setLength(0);
            state = State.HEAD;
        } else if (said.equals(CALLS_END)) {
            text();
        } else if (head.length() > MAX_HEAD_CHARS
                || !CALL_BEGIN.startsWith(said) && !CALLS_END.startsWith(said)) {
            giveBack();
        }
    }

    private void headCharacter(char c) {
        head.append(c);
        int separator = head.indexOf(SEPARATOR);
        if (separator < 0) {
            int mark = head.indexOf("<");
            boolean isOtherMark = mark >= 0 && !SEPARATOR.startsWith(head.substring(mark));
            if (c == '\n' || isOtherMark || head.length() > MAX_HEAD_CHARS) {
                giveBack();
            }
            return;
        }
        String first = head.substring(0, separator).strip();
        String rest = head.substring(separator + SEPARATOR.length());
        if (isBeginning(rest.strip())) {
            beginAt(first, rest.strip(), c);
            return;
        }
        int lineEnd = rest.indexOf('\n');
        if (lineEnd >= 0 && !rest.isBlank()) {
            String name = rest.substring(0, lineEnd).strip();
            String fenced = rest.substring(lineEnd).strip();
            // The opening of the block, and its end where there are no arguments.
            String said = without("```", without("```json", fenced));
            if (!name.isEmpty() && isBeginning(said.strip())) {
                beginAt(name, said.strip(), c);
                return;
            }
            boolean mayGoOn =
                    "```json".startsWith(fenced)
                            || "```".startsWith(without("```json", fenced))
                            || CALL_END.startsWith(said.strip());
            if (!mayGoOn) {
                giveBack();
                return;
            }
        }
        if (head.length() > MAX_HEAD_CHARS) {
            giveBack();
        }
    }

    private static String without(String beginning, String text) {
        return text.startsWith(beginning) ? text.substring(beginning.length()).strip() : text;
    }

    private static boolean isBeginning(String said) {
        return said.equals("{") || said.equals(CALL_END);
    }

    private void beginAt(String name, String said, char c) {
        if (name.isEmpty()) {
            giveBack();
            return;
        }
        found.begin(name);
        before.setLength(0);
        head.setLength(0);
        if (said.equals(CALL_END)) {
            found.arguments("{}");
            found.end();
            state = State.BEFORE_CALL;
        } else {
            arguments = new JsonSpan();
            state = State.ARGUMENTS;
            accept(c);
        }
    }

    private void afterArguments(char c) {
        head.append(c);
        String said = head.toString().replace("`", "").strip();
        if (said.equals(CALL_END)) {
            head.setLength(0);
            state = State.BEFORE_CALL;
        } else if (said.equals(CALL_BEGIN)) {
            head.setLength(0);
            state = State.HEAD;
        } else if (said.equals(CALLS_END)) {
            text();
        } else if (head.length() > MAX_HEAD_CHARS
                || !CALL_END.startsWith(said)
                        && !CALL_BEGIN.startsWith(said)
                        && !CALLS_END.startsWith(said)) {
            giveBack();
        }
    }

    /** The markers are text; what stands behind them is read anew, for it may begin others. */
    private void giveBack() {
        found.content(before);
        String rest = head.toString();
        text();
        for (int i = 0; i < rest.length(); i++) {
            accept(rest.charAt(i));
        }
    }

    private void text() {
        before.setLength(0);
        head.setLength(0);
        state = State.TEXT;
    }

    @Override
    void end() {
        // What nothing but calls came before, like half an end of a call, is part of them.
        while (state == State.HEAD || state == State.BEFORE_CALL && !before.isEmpty()) {
            giveBack();
        }
        markers.flush();
    }
}
