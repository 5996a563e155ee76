package quire.template;

import java.util.HashMap;
import java.util.Map;

/** Names from outside the template's own scopes: what it exported, the render's, the globals. */
final class Context {

    private final Map<String, Object> exported = new HashMap<>();
    private final Map<String, Object> given;

    Context(Map<String, Object> given) {
        this.given = given;
    }

    /** The value of a name, or MISSING. */
    Object resolve(String name) {
        Object value = exported.getOrDefault(name, Missing.MISSING);
        if (value == Missing.MISSING) {
            value = given.getOrDefault(name, Missing.MISSING);
        }
        return value == Missing.MISSING ? Globals.ALL.getOrDefault(name, value) : value;
    }

    void export(String name, Object value) {
        exported.put(name, value);
    }

    /** A context that sees these names first. */
    Context derive(Map<String, Object> names) {
        Context derived = new Context(given);
        derived.exported.putAll(exported);
        derived.exported.putAll(names);
        return derived;
    }
}
