package quire.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import quire.error.ConfigurationException;

/** Lists of words as vLLM takes them, in JSON, or with commas between the words. */
final class JsonWords {

    /** Loaded when somebody writes JSON. */
    private static final class Parser {

        private static final JsonMapper JSON = new JsonMapper();
    }

    private JsonWords() {}

    /**
     * @param word what each word must match
     * @param example of one
     * @throws ConfigurationException naming the flag and the first word that does not
     */
    static List<String> read(Given given, Pattern word, String example) {
        List<String> words = new ArrayList<>();
        for (String text : given.texts()) {
            if (text.strip().startsWith("[")) {
                words.addAll(list(given, text));
            } else {
                words.addAll(List.of(text.split(",", -1)));
            }
        }
        List<String> stripped = words.stream().map(String::strip).toList();
        for (String each : stripped) {
            if (!word.matcher(each).matches()) {
                throw new ConfigurationException(
                        given.spelled() + " has '" + each + "', which is neither * nor " + example);
            }
        }
        return stripped;
    }

    private static List<String> list(Given given, String text) {
        try {
            List<String> words = new ArrayList<>();
            for (JsonNode element : Parser.JSON.readTree(text)) {
                if (!element.isTextual()) {
                    throw notAList(given);
                }
                words.add(element.asText());
            }
            return words;
        } catch (JsonProcessingException e) {
            throw notAList(given);
        }
    }

    private static ConfigurationException notAList(Given given) {
        return new ConfigurationException(
                given.spelled()
                        + " '"
                        + given.shown()
                        + "' is no JSON list of texts such as [\"a\", \"b\"]; or write a,b");
    }
}
