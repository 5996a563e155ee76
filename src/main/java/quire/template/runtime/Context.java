package quire.template.runtime;

import java.util.Map;
import quire.template.library.Globals;
import quire.template.values.Missing;

/** Names from outside the template: the render's variables, then the functions for everyone. */
record Context(Map<String, Object> variables) {

    /** The value of a name, or MISSING. */
    Object resolve(String name) {
        Object value = variables.getOrDefault(name, Missing.MISSING);
        return value == Missing.MISSING ? Globals.ALL.getOrDefault(name, value) : value;
    }
}
