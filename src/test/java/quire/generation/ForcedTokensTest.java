package quire.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.golden.GoldenData;
import quire.tokenizer.Tokenizer;

/** What is forced becomes the tokens that it has within the text that it comes to be part of. */
class ForcedTokensTest {

    private static final String[] TEXTS = {
        "{\"name\": \"Ada Lovelace\", \"age\": 36, \"languages\": [\"English\", \"français\"]}",
        "{\n    \"first_name\" : \"John\",\n    \"address\": {\"street\": null, \"zip\": \"01234\"},"
                + "\n\t\"ok\": true\n}",
        "<tool_call>\n{\"name\": \"get_current_weather\", \"arguments\": {\"city\": \"København\"}}",
        "SELECT id, count(*) FROM users WHERE created_at >= '2026-01-31T23:59:59Z' GROUP BY 1;",
        "The answer isn't 42,  but 1234567.89 (see §3) — 東京は晴れ。 👩‍🚀!\r\n\r\nThey'll go."
    };

    @ParameterizedTest
    @ValueSource(strings = {"quire-demo", "qwen2.5", "llama3.2", "deepseek_v3", "llama2"})
    void tokensAreThoseOfTheWholeText(String name) {
        try (Tokenizer tokenizer = Tokenizer.load(folder(name))) {
            byte[][] bytes = bytes(tokenizer);
            ForcedTokens forcing = new ForcedTokens(tokenizer, bytes);
            int numBytes = 0;
            int numTaken = 0;
            for (String text : TEXTS) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                int[] whole = tokenizer.encode("\n" + text, false);
                int first = tokenizer.encode("\n", false).length;
                for (int from = first; from < whole.length; from++) {
                    int start = length(bytes, whole, first, from);
                    for (int end = start + 1; end <= utf8.length; end++) {
                        ForcedTokens.Split split =
                                forcing.split(Arrays.copyOfRange(utf8, start, end));
                        int[] taken = Arrays.copyOf(split.tokenIds(), split.numSettled());
                        int[] expected =
                                Arrays.copyOfRange(
                                        whole, from, Math.min(whole.length, from + taken.length));
                        assertArrayEquals(expected, taken);
                        numBytes += end - start;
                        numTaken += length(bytes, taken, 0, taken.length);
                    }
                }
            }
            assertTrue(numTaken > 0.85 * numBytes);
        }
    }

    private static Path folder(String name) {
        return name.equals("quire-demo")
                ? Path.of("models", name)
                : GoldenData.tokenizers().resolve(name);
    }

    private static byte[][] bytes(Tokenizer tokenizer) {
        byte[][] bytes = new byte[tokenizer.vocabSize()][];
        for (int id = 0; id < bytes.length; id++) {
            bytes[id] = tokenizer.isSpecial(id) ? null : tokenizer.bytes(id);
        }
        return bytes;
    }

    private static int length(byte[][] bytes, int[] tokens, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += bytes[tokens[i]].length;
        }
        return sum;
    }
}
