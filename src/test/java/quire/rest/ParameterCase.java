package quire.rest;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A parameter of a request.
 *
 * @param effect asserts that it changes an answer as the specification says
 * @param badValues JSON texts that are refused
 */
record ParameterCase(String name, Effect effect, String... badValues) {

    /** Asks a server with and without the parameter. */
    interface Effect {
        void show(Asker asker) throws Exception;
    }

    static Map<String, ParameterCase> table(ParameterCase... cases) {
        Map<String, ParameterCase> table = new LinkedHashMap<>();
        for (ParameterCase one : cases) {
            if (table.put(one.name, one) != null) {
                throw new IllegalStateException("two rows for " + one.name);
            }
        }
        return table;
    }
}
