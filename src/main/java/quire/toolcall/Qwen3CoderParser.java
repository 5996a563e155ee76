package quire.toolcall;

/**
 * Calls as Qwen3-Coder writes them, each argument as it is:
 *
 * <pre>{@code
 * <tool_call>
 * <function=get_weather>
 * <parameter=city>
 * Bonn
 * </parameter>
 * </function>
 * </tool_call>
 * }</pre>
 *
 * An argument has the type that the tool's schema gives it, and ends where another begins or the
 * call ends behind its mark: the mark alone may be part of it.
 */
final class Qwen3CoderParser extends SpelledCallParser {

    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";
    private static final String FUNCTION = "<function=";
    private static final String FUNCTION_END = "</function>";
    private static final String PARAMETER = "<parameter=";
    private static final String PARAMETER_END = "</parameter>";

    private enum State {
        TEXT,
        BEFORE_FUNCTION,
        NAME,
        BODY,
        PARAMETER_NAME,
        VALUE,
        AFTER_FUNCTION
    }

    private final Markers markers = new Markers(found, OPEN, FUNCTION);

    private State state = State.TEXT;
    private String parameter = "";

    /** Whether the function stands in the envelope that it should. */
    private boolean enveloped;

    Qwen3CoderParser(ToolSchemas tools, ToolCallListener listener) {
        super(tools, listener);
    }

    @Override
    void accept(char c) {
        if (state == State.TEXT) {
            markers.find(c).ifPresent(this::marker);
            return;
        }
        said.append(c);
        switch (state) {
            case TEXT -> throw new IllegalStateException();
            case BEFORE_FUNCTION -> {
                if (is(FUNCTION)) {
                    goOn(State.NAME);
                } else if (!mayBe(FUNCTION)) {
                    giveBack();
                }
            }
            case NAME -> nameCharacter(c);
            case BODY -> bodyCharacter();
            case PARAMETER_NAME -> {
                if (c == '>') {
                    parameter = said.substring(0, said.length() - 1).strip();
                    goOn(State.VALUE);
                } else if (c == '\n' || said.length() > MAX_NAME_CHARS) {
                    giveBack();
                }
            }
            case VALUE -> valueCharacter(c);
            case AFTER_FUNCTION -> afterFunction();
        }
    }

    private void marker(String marker) {
        before.append(marker);
        enveloped = marker.equals(OPEN);
        // Without its envelope a function is a call where there is such a tool.
        state = enveloped ? State.BEFORE_FUNCTION : State.NAME;
    }

    private void nameCharacter(char c) {
        if (c == '>') {
            String name = said.substring(0, said.length() - 1).strip();
            if (name.isEmpty() || !enveloped && !tools.has(name)) {
                giveBack();
                return;
            }
            arguments.call(name);
            goOn(State.BODY);
        } else if (c == '\n' || c == '<' || said.length() > MAX_NAME_CHARS) {
            giveBack();
        }
    }

    private void bodyCharacter() {
        if (is(PARAMETER)) {
            goOn(State.PARAMETER_NAME);
        } else if (is(FUNCTION_END)) {
            end(State.AFTER_FUNCTION);
        } else if (is(CLOSE)) {
            end(State.TEXT);
        } else if (!mayBe(PARAMETER) && !mayBe(FUNCTION_END) && !mayBe(CLOSE)) {
            giveBack();
        }
    }

    private void valueCharacter(char c) {
        if (c == '=' && endsWith(said.length(), PARAMETER)) {
            int end = endBefore(PARAMETER, PARAMETER_END);
            if (end >= 0) {
                value(end);
                state = State.PARAMETER_NAME;
            }
        } else if (c == '>' && endsWith(said.length(), FUNCTION_END)) {
            int end = endBefore(FUNCTION_END, PARAMETER_END);
            if (end >= 0) {
                value(end);
                end(State.AFTER_FUNCTION);
            }
        } else if (c == '>' && endsWith(said.length(), CLOSE)) {
            int end = endBefore(CLOSE, PARAMETER_END);
            int forgotten = endBefore(CLOSE, FUNCTION_END);
            if (Math.max(end, forgotten) >= 0) {
                value(Math.max(end, forgotten));
                end(State.TEXT);
            }
        }
    }

    /** Where the value ends, if only white space is between two markers at the end; else -1. */
    private int endBefore(String last, String marker) {
        int end = said.length() - last.length();
        while (end > 0 && Character.isWhitespace(said.charAt(end - 1))) {
            end--;
        }
        return endsWith(end, marker) ? end - marker.length() : -1;
    }

    private boolean endsWith(int end, String marker) {
        return end >= marker.length()
                && said.indexOf(marker, end - marker.length()) == end - marker.length();
    }

    private void value(int end) {
        arguments.typed(parameter, unwrapped(said.substring(0, end), true));
        before.setLength(0);
        said.setLength(0);
    }

    /** The format's own line breaks around a value are no part of it. */
    private static String unwrapped(String value, boolean complete) {
        int from = value.startsWith("\n") ? 1 : 0;
        int to = value.length();
        if (complete && to > from && value.endsWith("\n")) {
            to--;
        }
        return value.substring(from, to);
    }

    private void afterFunction() {
        if (is(CLOSE)) {
            text();
        } else if (is(FUNCTION)) {
            goOn(State.NAME);
        } else if (is(OPEN)) {
            enveloped = true;
            goOn(State.BEFORE_FUNCTION);
        } else if (!mayBe(CLOSE) && !mayBe(FUNCTION) && !mayBe(OPEN)) {
            giveBack();
        }
    }

    /** The call is complete. */
    private void end(State next) {
        arguments.end();
        before.setLength(0);
        said.setLength(0);
        state = next;
    }

    private boolean is(String marker) {
        return marker.contentEquals(said.toString().strip());
    }

    private boolean mayBe(String marker) {
        return said.length() <= MAX_NAME_CHARS && marker.startsWith(said.toString().strip());
    }

    private void goOn(State next) {
        if (!arguments.hasBegun()) {
            before.append(said);
        }
        said.setLength(0);
        state = next;
    }

    @Override
    void expectText() {
        state = State.TEXT;
    }

    @Override
    void end() {
        // Half an end of a call is part of the call.
        while (isBeforeCall() && !arguments.hasBegun()) {
            giveBack();
        }
        if (state == State.VALUE) {
            cutOff();
        }
        markers.flush();
    }

    private boolean isBeforeCall() {
        return switch (state) {
            case BEFORE_FUNCTION, NAME, BODY, PARAMETER_NAME -> true;
            case TEXT, VALUE, AFTER_FUNCTION -> false;
        };
    }

    private void cutOff() {
        int end = endBefore("", PARAMETER_END);
        if (end >= 0) {
            value(end);
        } else {
            arguments.cutOff(parameter, unwrapped(said.toString(), false));
        }
    }
}
