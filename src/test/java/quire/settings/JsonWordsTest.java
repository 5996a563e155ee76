package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.ConfigurationException;

class JsonWordsTest {

    private static List<String> origins(String... texts) {
        Flag<List<String>> flag = Flags.ALLOWED_ORIGINS;
        return flag.kind().read(Given.of(Origin.COMMAND_LINE, flag, List.of(texts)));
    }

    @Test
    void listsAreReadInEitherForm() {
        List<String> two = List.of("https://a.example", "http://b:3000");
        assertEquals(two, origins("[\"https://a.example\", \"http://b:3000\"]"));
        assertEquals(two, origins("https://a.example,http://b:3000"));
        assertEquals(two, origins("https://a.example", "http://b:3000"));
        assertEquals(List.of("*"), origins("[\"*\"]"));
        assertEquals(List.of("*"), origins("*"));
        assertEquals(List.of(), origins("[]"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    chat.example            | --allowed-origins has 'chat.example', which is neither * nor an origin
                    https://chat.example/   | --allowed-origins has 'https://chat.example/', which is neither
                    https://a.example,      | --allowed-origins has '', which is neither
                    [1]                     | --allowed-origins '[1]' is no JSON list of texts
                    ["a"                    | is no JSON list of texts
                    """)
    void mistakesAreNamed(String text, String sentence) {
        String message =
                assertThrows(ConfigurationException.class, () -> origins(text)).getMessage();
        assertTrue(message.contains(sentence), message);
    }
}
