package quire.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import quire.error.ConfigurationException;

/** Variables of templates, as a JSON object gives them. */
final class JsonVariables {

    /** No variables, as nearly every start has it: then it does not wait for a parser of JSON. */
    private static final String NONE = "{}";

    /** Loaded when somebody gives variables. */
    private static final class Parser {

        private static final JsonMapper JSON =
                JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
        private static final TypeReference<LinkedHashMap<String, Object>> VARIABLES =
                new TypeReference<>() {};
    }

    private JsonVariables() {}

    /**
     * @param reserved names that none of them may have
     * @throws ConfigurationException naming the flag, and the variable where it is one
     */
    static Map<String, Object> read(Given given, Set<String> reserved) {
        if (given.text().equals(NONE)) {
            return Map.of();
        }
        Map<String, Object> variables;
        try {
            variables = Parser.JSON.readValue(given.text(), Parser.VARIABLES);
        } catch (JsonProcessingException e) {
            variables = null;
        }
        if (variables == null) {
            throw Kind.refuse(
                    given, "is no JSON object of variables such as {\"enable_thinking\": false}");
        }
        for (String name : variables.keySet()) {
            if (reserved.contains(name)) {
                throw new ConfigurationException(
                        given.spelled() + " has '" + name + "', which each request sets by itself");
            }
        }
        return variables;
    }
}
