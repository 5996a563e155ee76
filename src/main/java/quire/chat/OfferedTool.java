package quire.chat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A tool that a model may call.
 *
 * @param parameters a JSON Schema of its arguments; empty where it says nothing of them
 * @param strict whether calls keep to the schema whatever the model says
 */
public record OfferedTool(
        String name,
        Optional<String> description,
        Optional<Map<String, Object>> parameters,
        boolean strict) {

    /** As chat templates expect it. */
    public Map<String, Object> shown() {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        description.ifPresent(text -> function.put("description", text));
        parameters.ifPresent(schema -> function.put("parameters", schema));
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("type", "function");
        entry.put("function", function);
        return entry;
    }
}
