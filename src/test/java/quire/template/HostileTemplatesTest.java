package quire.template;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the template and the data: a text or a TemplateException, never anything else. */
class HostileTemplatesTest {

    private static final TemplateLimits LIMITS =
            new TemplateLimits(100_000, 50, 300_000, 300, 50_000, 5_000);

    private static final Pattern PIECE =
            Pattern.compile(
                    "\\{%[-+]?|[-+]?%\\}|\\{\\{-?|-?\\}\\}|\\{#|#\\}"
                            + "|'[^']*'|\"[^\"]*\"|\\w+|\\s+|[^\\w\\s]");

    private static final int ROUNDS = Integer.getInteger("quire.fuzz.rounds", 1500);

    private static List<List<String>> snippets() throws IOException {
        List<List<String>> all = new ArrayList<>();
        try (InputStream in =
                HostileTemplatesTest.class.getResourceAsStream("/template/snippets.json")) {
            for (JsonNode snippet : new ObjectMapper().readTree(in).get("snippets")) {
                List<String> pieces = new ArrayList<>();
                PIECE.matcher(snippet.get("template").asText())
                        .results()
                        .forEach(piece -> pieces.add(piece.group()));
                all.add(pieces);
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void mutatedTemplatesEndInTextOrTemplateException(long seed) throws IOException {
        Random random = new Random(seed);
        List<List<String>> snippets = snippets();
        int rendered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String source = mutated(random, snippets);
            try {
                ChatTemplate.compile(source, LIMITS, Clock.systemUTC()).render(data(random));
                rendered++;
            } catch (TemplateException expected) {
                assertTrue(expected.getMessage() != null && expected.kind() != null);
            } catch (Throwable t) {
                throw new AssertionError("seed " + seed + ", round " + round + ": " + source, t);
            }
        }
        assertTrue(rendered > ROUNDS / 50, "seed " + seed + ": only " + rendered + " rendered");
    }

    private static String mutated(Random random, List<List<String>> snippets) {
        List<String> pieces = new ArrayList<>(pick(random, snippets));
        int changes = random.nextInt(6);
        for (int i = 0; i < changes && !pieces.isEmpty(); i++) {
            int at = random.nextInt(pieces.size());
            List<String> other = pick(random, snippets);
            switch (random.nextInt(6)) {
                case 0 -> pieces.remove(at);
                case 1 -> pieces.add(at, pick(random, other));
                case 2 -> pieces.set(at, pick(random, other));
                case 3 -> pieces.addAll(at, other);
                case 4 -> pieces.set(at, pick(random, HOSTILE));
                default -> pieces.add(at, Character.toString(random.nextInt(0x300)));
            }
        }
        return String.join("", pieces);
    }

    private static final List<String> HOSTILE =
            List.of(
                    "9223372036854775807",
                    "-9223372036854775808",
                    "9223372036854775808",
                    "1e308",
                    "5e-324",
                    "'\ud800'",
                    "'\udc00\ud800'",
                    "99999999999999999999999",
                    "(2 ** 4000)",
                    "-0.0",
                    "('inf'|float)",
                    "('nan'|float)",
                    "[[]] * 99",
                    "range(99999)",
                    "'%999999999d'",
                    "'{:999999999}'",
                    "'%.999999999f'",
                    "'{0[0][0]}'",
                    "'\\x00'",
                    "''",
                    "none",
                    "[]",
                    "{}",
                    "loop",
                    "ns",
                    "range",
                    "dict",
                    "namespace",
                    "joiner()",
                    "cycler(1)",
                    "(l|map('string'))",
                    "d.items()",
                    "d.keys",
                    "(-1)",
                    "2147483648",
                    "-2147483649",
                    "'\u0130\ufb01\u01c5'",
                    "('<'|e)");

    private static <T> T pick(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static Map<String, Object> data(Random random) {
        Map<String, Object> data = new HashMap<>();
        for (String name :
                List.of(
                        "s", "u", "n", "f", "t", "z", "empty", "l", "ls", "d", "users", "ml",
                        "html", "big", "tree")) {
            if (random.nextInt(8) > 0) {
                data.put(name, value(random, 4));
            }
        }
        return data;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 12 : 9)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt(10);
            case 3 -> pick(random, List.of(Long.MIN_VALUE, Long.MAX_VALUE, -1L, 1L << 53));
            case 4 -> pick(random, List.of(Double.NaN, Double.POSITIVE_INFINITY, -0.0, 1e308, 0.5));
            case 5 -> BigInteger.TWO.pow(random.nextInt(300)).negate();
            case 6 -> "";
            case 7 -> "text {{ x }} \ud83d " + (char) random.nextInt(0x10000);
            case 8 -> Character.toString(random.nextInt(0x110000)).repeat(random.nextInt(50));
            case 9, 10 -> Arrays.asList(value(random, depth - 1), value(random, depth - 1));
            default -> {
                Map<String, Object> map = new HashMap<>();
                for (String key : List.of("role", "content", "items", "name", "")) {
                    map.put(key, value(random, depth - 1));
                }
                yield map;
            }
        };
    }
}
