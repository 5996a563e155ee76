package quire.toolcall;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Reads a call that is written as a JSON object, {@code {"name": "f", "arguments": {…}}}, in any
 * order and beside other fields. The call begins as soon as its name is known and its arguments
 * have begun; these are passed on as they were written.
 */
final class JsonCall {

    /** What a character did. */
    enum Verdict {
        /** It is part of the object. */
        MORE,
        /** It ends the object. */
        DONE,
        /** It is not part of a call; where one has begun, that is cut off before it. */
        BROKEN
    }

    /** A longer key is none that a call has. */
    private static final int MAX_KEY_CHARS = 64;

    /** A longer name is none that a tool may have, whatever its escapes. */
    private static final int MAX_NAME_CHARS = 1536;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> ARGUMENTS = Set.of("arguments", "parameters");

    private enum State {
        START,
        KEY,
        KEY_STRING,
        COLON,
        VALUE,
        IN_VALUE,
        AFTER_VALUE
    }

    private final Findings found;
    private final Predicate<String> isTool;
    private final Predicate<String> isField;
    private final StringBuilder raw = new StringBuilder();
    private final StringBuilder key = new StringBuilder();
    private final StringBuilder value = new StringBuilder();
    private State state = State.START;
    private JsonSpan span = new JsonSpan();
    private String field = "";
    private String name = "";

    /** Arguments that came before the name, or that are no object; empty without any. */
    private String kept = "";

    private boolean begun;

    /** Whether the characters of the arguments go out as they come. */
    private boolean streaming;

    /** Any object with a name is a call. */
    JsonCall(Findings found) {
        this(found, any -> true, any -> true);
    }

    /**
     * @param isTool whether a name is one that may be called
     * @param isField whether a call may have a field of that name
     */
    JsonCall(Findings found, Predicate<String> isTool, Predicate<String> isField) {
        this.found = found;
        this.isTool = isTool;
        this.isField = isField;
    }

    /** Whether the listener has heard of the call. */
    boolean hasBegun() {
        return begun;
    }

    /** What was read of an object whose call has not begun. */
    CharSequence raw() {
        return raw;
    }

    /**
     * Nothing of it follows: one that has begun ends, and one that has not is text.
     *
     * @param before what was held back in front of it, and is text then as well
     */
    void breakOff(CharSequence before) {
        if (begun) {
            found.end();
        } else {
            found.content(before);
            found.content(raw);
        }
    }

    Verdict accept(char c) {
        Verdict verdict = next(c);
        if (verdict != Verdict.BROKEN && !begun) {
            raw.append(c);
        }
        return verdict;
    }

    private Verdict next(char c) {
        if (state == State.KEY_STRING) {
            return keyCharacter(c);
        }
        if (state == State.IN_VALUE) {
            return valueCharacter(c);
        }
        if (Character.isWhitespace(c)) {
            return Verdict.MORE;
        }
        return switch (state) {
            case START -> expect(c, '{', State.KEY);
            case KEY -> c == '}' && raw.length() > 1 ? close() : expect(c, '"', State.KEY_STRING);
            case COLON -> expect(c, ':', State.VALUE);
            case VALUE -> startValue(c);
            case AFTER_VALUE -> c == '}' ? close() : expect(c, ',', State.KEY);
            case KEY_STRING, IN_VALUE -> throw new IllegalStateException(state.toString());
        };
    }

    private Verdict expect(char c, char expected, State next) {
        if (c != expected) {
            return Verdict.BROKEN;
        }
        state = next;
        return Verdict.MORE;
    }

    private Verdict keyCharacter(char c) {
        if (c == '"') {
            field = key.toString();
            key.setLength(0);
            state = State.COLON;
            return isField.test(field) ? Verdict.MORE : Verdict.BROKEN;
        }
        key.append(c);
        return c < ' ' || key.length() > MAX_KEY_CHARS ? Verdict.BROKEN : Verdict.MORE;
    }

    private Verdict startValue(char c) {
        boolean fits =
                field.equals("name")
                        ? c == '"'
                        : c == '"' || c == '{' || c == '[' || c == '-' || isWord(c);
        if (!fits) {
            return Verdict.BROKEN;
        }
        span = new JsonSpan();
        state = State.IN_VALUE;
        if (c == '{' && isArguments() && !name.isEmpty()) {
            begin();
        }
        return valueCharacter(c);
    }

    private static boolean isWord(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private boolean isArguments() {
        return !begun && kept.isEmpty() && ARGUMENTS.contains(field);
    }

    private Verdict valueCharacter(char c) {
        if (!span.accept(c)) {
            Verdict verdict = endValue();
            return verdict == Verdict.MORE ? next(c) : verdict;
        }
        if (field.equals("name") && (c < ' ' || value.length() > MAX_NAME_CHARS)) {
            return Verdict.BROKEN;
        }
        if (streaming) {
            found.arguments(c);
        } else {
            value.append(c);
        }
        return span.isComplete() ? endValue() : Verdict.MORE;
    }

    private Verdict endValue() {
        state = State.AFTER_VALUE;
        if (streaming) {
            streaming = false;
            return Verdict.MORE;
        }
        String text = value.toString();
        value.setLength(0);
        if (field.equals("name") && name.isEmpty()) {
            name = unquoted(text);
            if (name.isBlank() || !isTool.test(name)) {
                name = "";
                return Verdict.BROKEN;
            }
            if (kept.startsWith("{")) {
                begin();
                streaming = false;
                found.arguments(kept);
            }
        } else if (isArguments()) {
            kept = text.startsWith("\"") ? unquoted(text) : text;
        }
        return Verdict.MORE;
    }

    private void begin() {
        found.begin(name);
        begun = true;
        streaming = true;
        raw.setLength(0);
    }

    private Verdict close() {
        if (name.isEmpty()) {
            return Verdict.BROKEN;
        }
        if (!begun) {
            begin();
            streaming = false;
            boolean isNothing = kept.isBlank() || kept.equals("null") || kept.strip().equals("[]");
            found.arguments(isNothing ? "{}" : kept);
        }
        found.end();
        return Verdict.DONE;
    }

    private static String unquoted(String string) {
        try {
            return JSON.readValue(string, String.class);
        } catch (JsonProcessingException e) {
            return string.substring(1, string.length() - 1);
        }
    }
}
