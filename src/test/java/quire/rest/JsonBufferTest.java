package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBufferTest {

    private static String written(String text) {
        return new String(new JsonBuffer().string(text).take(), StandardCharsets.UTF_8);
    }

    @Test
    void specialCharactersAreEscapedAndOthersStayAsTheyAre() {
        assertEquals(
                "\"a\\\"b\\\\c\\nd\\r\\t\\u0001\\u001f/é€😀\"",
                written("a\"b\\c\nd\r\t\u0001\u001f/é€😀"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "\udc00", "a\ud83d", "\ude00\ud83d"})
    void halfASurrogatePairBecomesTheReplacementCharacter(String text) throws IOException {
        assertEquals(
                text.replaceAll("[\ud800-\udfff]", "\ufffd"),
                new ObjectMapper().readValue(new JsonBuffer().string(text).take(), String.class));
    }

    @Test
    void anyTextReadsBackAsItWas() throws IOException {
        long seed = 20_261_122;
        Random random = new Random(seed);
        ObjectMapper mapper = new ObjectMapper();
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(200);
            while (text.length() < length) {
                int codePoint = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
                if (codePoint < 0xD800 || codePoint > 0xDFFF) {
                    text.appendCodePoint(codePoint);
                }
            }
            byte[] json = new JsonBuffer().string(text).take();
            assertEquals(text.toString(), mapper.readValue(json, String.class), "seed " + seed);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 1_700_000_000, Long.MAX_VALUE, -1, -10})
    void numbersAreWrittenInFull(long value) {
        assertEquals(
                Long.toString(value),
                new String(new JsonBuffer().number(value).take(), StandardCharsets.US_ASCII));
    }

    @Test
    void takingEmptiesTheBuffer() {
        JsonBuffer buffer = new JsonBuffer().raw("x".repeat(5000));
        assertEquals(5000, buffer.size());
        assertEquals(5000, buffer.take().length);
        assertEquals(0, buffer.size());
    }
}
