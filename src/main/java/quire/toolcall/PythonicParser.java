package quire.toolcall;

import java.util.Optional;

/**
 * Calls as a list in Python, {@code [get_weather(city="Bonn"), get_time()]}, at the beginning of a
 * line; Llama 4 may put {@code <|python_start|>} and {@code <|python_end|>} around it. Nothing
 * tells such a list from a text but the name of a tool.
 */
final class PythonicParser extends SpelledCallParser {

    static final String START = "<|python_start|>";
    static final String END = "<|python_end|>";

    private enum State {
        TEXT,
        BEFORE_LIST,
        NAME,
        ARGUMENT,
        VALUE,
        AFTER_CALL,
        AFTER_LIST
    }

    private final Markers markers = new Markers(found, START);

    private State state = State.TEXT;
    private PythonSpan span;
    private String tool = "";
    private String argument = "";
    private int place;

    /** Whether a call of the list came already, so that a comma may be its last. */
    private boolean isBehindCall;

    PythonicParser(ToolSchemas tools, ToolCallListener listener) {
        super(tools, listener);
    }

    @Override
    void accept(char c) {
        switch (state) {
            case TEXT -> textCharacter(c);
            case BEFORE_LIST -> {
                said.append(c);
                if (c == '[') {
                    open();
                } else if (!Character.isWhitespace(c)) {
                    giveBack();
                }
            }
            case NAME -> nameCharacter(c);
            case ARGUMENT -> argumentCharacter(c);
            case VALUE -> valueCharacter(c);
            case AFTER_CALL -> {
                said.append(c);
                if (c == ',') {
                    open();
                    isBehindCall = true;
                } else if (c == ']') {
                    said.setLength(0);
                    state = State.AFTER_LIST;
                } else if (!Character.isWhitespace(c)) {
                    giveBack();
                }
            }
            case AFTER_LIST -> afterList(c);
        }
    }

    private void textCharacter(char c) {
        if (c == '[' && markers.isEmpty() && found.atLineStart() && !found.inCode()) {
            said.append(c);
            open();
        } else if (markers.find(c).isPresent()) {
            before.append(START);
            state = State.BEFORE_LIST;
        }
    }

    private void open() {
        before.append(said);
        said.setLength(0);
        isBehindCall = false;
        state = State.NAME;
    }

    private void nameCharacter(char c) {
        said.append(c);
        if (c == '(') {
            tool = said.substring(0, said.length() - 1).strip();
            if (!tools.has(tool)) {
                giveBack();
                return;
            }
            arguments.call(tool);
            place = 0;
            before.append(said);
            said.setLength(0);
            state = State.ARGUMENT;
        } else if (c == ']' && isBehindCall && said.length() == 1 + leadingSpace()) {
            before.setLength(0);
            said.setLength(0);
            state = State.AFTER_LIST;
        } else if (!isNameCharacter(c) && leadingSpace() < said.length()
                || said.length() > MAX_NAME_CHARS) {
            giveBack();
        }
    }

    private int leadingSpace() {
        return said.length() - said.toString().stripLeading().length();
    }

    private static boolean isNameCharacter(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '.' || c == '-';
    }

    /** The name of an argument, or a value without one. */
    private void argumentCharacter(char c) {
        if (c == ')' && said.toString().isBlank()) {
            arguments.end();
            before.setLength(0);
            said.setLength(0);
            state = State.AFTER_CALL;
        } else if (c == '=' && isName(said.toString().strip())) {
            argument = said.toString().strip();
            before.append(said).append(c);
            value();
        } else if (said.length() > MAX_NAME_CHARS) {
            said.append(c);
            giveBack();
        } else if (said.toString().isBlank() && Character.isWhitespace(c)
                || isNameCharacter(c) && said.length() <= MAX_NAME_CHARS) {
            said.append(c);
        } else if (isName(said.toString().strip()) && Character.isWhitespace(c)) {
            said.append(c);
        } else {
            Optional<String> name = tools.argumentAt(tool, place);
            if (name.isEmpty()) {
                said.append(c);
                giveBack();
                return;
            }
            argument = name.get();
            String begun = said.toString();
            value();
            for (int i = 0; i < begun.length(); i++) {
                valueCharacter(begun.charAt(i));
            }
            valueCharacter(c);
        }
    }

    private static boolean isName(String text) {
        return !text.isEmpty() && Character.isJavaIdentifierStart(text.charAt(0));
    }

    private void value() {
        place++;
        said.setLength(0);
        span = new PythonSpan();
        state = State.VALUE;
    }

    private void valueCharacter(char c) {
        if (span.accept(c)) {
            said.append(c);
            return;
        }
        String text = said.toString().strip();
        arguments.json(argument, PythonLiteral.json(text).orElseGet(() -> TypedText.quoted(text)));
        before.setLength(0);
        said.setLength(0);
        if (c == ')') {
            arguments.end();
            state = State.AFTER_CALL;
        } else {
            state = State.ARGUMENT;
        }
    }

    private void afterList(char c) {
        said.append(c);
        String rest = said.toString().strip();
        if (rest.equals(END)) {
            text();
        } else if (said.length() > MAX_NAME_CHARS || !END.startsWith(rest)) {
            giveBack();
        }
    }

    @Override
    void expectText() {
        state = State.TEXT;
    }

    @Override
    void end() {
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
            case BEFORE_LIST, NAME, ARGUMENT -> true;
            case VALUE -> said.toString().isBlank();
            case TEXT, AFTER_CALL, AFTER_LIST -> false;
        };
    }

    private void cutOff() {
        // A string that breaks off may break off behind a space.
        String text = said.toString().stripLeading();
        if (text.startsWith("\"") || text.startsWith("'")) {
            arguments.cutOff(argument, PythonLiteral.stringOf(text));
        } else if (!text.isEmpty()) {
            arguments.json(argument, text.strip());
        }
    }
}
