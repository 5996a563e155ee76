package quire.toolcall;

import java.util.HashSet;
import java.util.Set;

/**
 * Writes the arguments of a call as a JSON object, one after the other. The call begins with its
 * first argument, or with its end.
 */
final class ArgumentWriter {

    private final Findings found;
    private final ToolSchemas tools;
    private final Set<String> written = new HashSet<>();
    private String tool = "";
    private boolean begun;

    ArgumentWriter(Findings found, ToolSchemas tools) {
        this.found = found;
        this.tools = tools;
    }

    /** A call of that tool may follow. */
    void call(String name) {
        tool = name;
        begun = false;
        written.clear();
    }

    /** Whether the listener has heard of the call. */
    boolean hasBegun() {
        return begun;
    }

    /** No call follows. */
    void forget() {
        begun = false;
    }

    /**
     * An argument whose text has the type that the tool's schema says; the first of a name counts.
     */
    void typed(String name, String text) {
        json(name, TypedText.json(text, tools.argument(tool, name)));
    }

    /** An argument that is JSON already; the first of a name counts. */
    void json(String name, String value) {
        if (key(name)) {
            found.arguments(value);
        }
    }

    /** An argument that the text breaks off in: as much as there is. */
    void cutOff(String name, String text) {
        if (key(name)) {
            String quoted = TypedText.quoted(text);
            String typed = TypedText.json(text, tools.argument(tool, name));
            found.arguments(
                    typed.startsWith("\"") ? quoted.substring(0, quoted.length() - 1) : text);
        }
    }

    private boolean key(String name) {
        begin();
        if (!written.add(name)) {
            return false;
        }
        found.arguments(written.size() == 1 ? "{" : ", ");
        found.arguments(TypedText.quoted(name));
        found.arguments(": ");
        return true;
    }

    private void begin() {
        if (!begun) {
            begun = true;
            found.begin(tool);
        }
    }

    /** The call is complete. */
    void end() {
        begin();
        found.arguments(written.isEmpty() ? "{}" : "}");
        found.end();
        begun = false;
    }
}
