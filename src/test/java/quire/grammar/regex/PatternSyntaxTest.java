package quire.grammar.regex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Regex;

class PatternSyntaxTest {

    private static final long SEED = Long.getLong("quire.patterns.seed", 17);
    private static final int PATTERNS = Integer.getInteger("quire.patterns", 300);

    private static boolean matches(Regex language, String text) {
        return language.matches(text.getBytes(UTF_8));
    }

    private static boolean ecma(String pattern, String text) {
        return matches(PatternSyntax.parse(pattern, Dialect.ECMA), text);
    }

    private static boolean rust(String pattern, String text) {
        return matches(PatternSyntax.parse(pattern, Dialect.RUST), text);
    }

    /**
     * The whole-text dialect reads classes more narrowly than Java's engine where it must match.
     */
    @Test
    void randomPatternsMeanWhatJavaMeansByThem() {
        Random random = new Random(SEED);
        int refused = 0;
        int matching = 0;
        int texts = 0;
        for (int i = 0; i < PATTERNS; i++) {
            RandomPattern one = RandomPattern.of(random);
            Pattern oracle = Pattern.compile(one.oracle());
            Regex language;
            try {
                language = PatternSyntax.parse(one.pattern(), Dialect.ECMA);
            } catch (GrammarException e) {
                assertTrue(e.getMessage().contains("endless repetition"), one + ": " + e);
                refused++;
                continue;
            }
            for (int j = 0; j < 20; j++) {
                String text = RandomPattern.text(random);
                boolean expected = oracle.matcher(text).find();
                assertEquals(
                        expected,
                        matches(language, text),
                        one + " in \"" + text + "\", seed " + SEED);
                matching += expected ? 1 : 0;
                texts++;
            }
        }
        assertTrue(refused < PATTERNS / 10, refused + " refused");
        assertTrue(matching > texts / 4 && matching < texts * 3 / 4, matching + " of " + texts);
    }

    @Test
    void randomPatternsOfWholeTextsMeanWhatJavaMeansByThem() {
        Random random = new Random(SEED + 1);
        for (int i = 0; i < PATTERNS; i++) {
            RandomPattern one = RandomPattern.plain(random);
            Pattern oracle = Pattern.compile(one.oracle());
            Regex language = PatternSyntax.parse("(?a)" + one.pattern(), Dialect.RUST);
            for (int j = 0; j < 20; j++) {
                String text = RandomPattern.text(random);
                assertEquals(
                        oracle.matcher(text).matches(),
                        matches(language, text),
                        one + " is \"" + text + "\", seed " + SEED);
            }
        }
    }

    @Test
    void flagsMeanWhatJavaMeansByThem() {
        Random random = new Random(SEED + 2);
        for (int i = 0; i < PATTERNS; i++) {
            RandomPattern one = RandomPattern.plain(random);
            String flags = new String[] {"(?i)", "(?s)", "(?is)"}[random.nextInt(3)];
            String same = flags.contains("s") ? one.oracle().replace("[^\\n]", ".") : one.oracle();
            Pattern oracle = Pattern.compile(flags.replace("i", "iu") + same);
            Regex language = PatternSyntax.parse("(?a)" + flags + one.pattern(), Dialect.RUST);
            for (int j = 0; j < 20; j++) {
                String text = RandomPattern.text(random);
                if (same.contains("\\p{Lu}") && flags.contains("i")) {
                    // Java does not fold the case of properties.
                    continue;
                }
                assertEquals(
                        oracle.matcher(text).matches(),
                        matches(language, text),
                        flags + one + " is \"" + text + "\", seed " + SEED);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "^(?!\\s*$).+~a~true",
                "^(?!\\s*$).+~' '~false",
                "^(?=.*\\d)(?=.*[a-z]).{4,}$~ab12~true",
                "^(?=.*\\d)(?=.*[a-z]).{4,}$~abcd~false",
                "^(?:(?!foo).)*$~barfo~true",
                "^(?:(?!foo).)*$~xfoox~false",
                "\\bfoo\\b~a foo b~true",
                "\\bfoo\\b~a food~false",
                "^[\\w.-]+$~a-b.c~true",
                "^[^]+$~x~true",
                "[]~x~false",
                "\\u{1F600}~😀~true",
                "\\ud83d\\ude00~😀~true",
                "^.$~😀~true",
                "^\\p{Lu}\\p{Script=Greek}+$~Aαβ~true",
                "^\\p{Letter}$~1~false",
                "^\\s$~\ufeff~true",
                "a{,2}~a{,2}~true",
                "a{~a{~true",
                "^a{2,3}?$~aaa~true",
                "^(?i:AB)c$~abc~true",
                "^(?i:AB)c$~abC~false",
                "a\\/b\\-c\\@~a/b-c@~true",
                "^\\cJ$~x~false",
                "^(a|ab)(c|bcd)$~abcd~true",
                "^(\\/?((\\.{2})|([a-z0-9\\-]*))($|\\/))*$~/a/../b-c~true",
                "^(\\/?((\\.{2})|([a-z0-9\\-]*))($|\\/))*$~/a/./b~false",
                "^x\\p{White_Space}+y$~x\u2003y~true",
                "^\\P{ASCII}$~é~true"
            })
    void patternsOfSchemas(String pattern, String text, boolean matches) {
        assertEquals(matches, ecma(pattern, text));
    }

    @Test
    void linesAreKnownWhereTheyAreAskedFor() {
        assertTrue(ecma("(?m)^b$", "a\nb\nc"));
        assertEquals(false, ecma("^b$", "a\nb\nc"));
        assertTrue(rust("(?ms)a.*^b$.*c", "a\nb\nc"));
    }

    @Test
    void classesAreThoseThatAllAgreeOn() {
        String digit = "\u0663";
        assertEquals(false, rust("\\d", digit));
        assertEquals(false, rust("\\D", digit));
        assertEquals(false, rust("[^\\d]", digit));
        assertEquals(false, rust("(?!\\d).", digit));
        assertTrue(rust("[^\\D]", "3"));
        assertTrue(rust("(?a)\\D", digit));
        assertTrue(rust("[[:alpha:]_]+", "a_b"));
        assertTrue(rust("(?x) a  b # both\n c", "abc"));
        assertTrue(rust("(?P<year>\\d{4})-\\x{32}", "2024-2"));
        assertTrue(rust("[]a]+", "]a"));
        assertEquals(false, rust("a", "xa"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "(a)\\1|a backreference (\\1)|character 4",
                "(?<x>a)\\k<x>|a backreference (\\k)|character 8",
                "a(?<=b)|a lookbehind|character 2",
                "a(?<!b)|a lookbehind|character 2",
                "(?>a)|an atomic group|character 1",
                "a++|a possessive quantifier|character 2",
                "x\\p{Klingon}|the property \\p{Klingon}|character 2",
                "ab\\q|the escape \\q|character 3",
                "(?(1)a)|a conditional group|character 1",
                "(\\ba)+|an assertion in an endless repetition|character 1",
            })
    void whatIsNotSupportedIsNamedWithItsPlace(String pattern, String what, String where) {
        GrammarException e =
                assertThrows(
                        GrammarException.class, () -> PatternSyntax.parse(pattern, Dialect.ECMA));
        assertEquals(what, e.unsupported());
        assertTrue(e.position().startsWith(where + " "), e.position());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ab(c|a group that does not end|character 3",
                "ab)c|')' closes no group|character 3",
                "[ab|a class that does not end|character 1",
                "é[b-a]|goes backwards|character 3",
                "*a|nothing before it|character 1",
                "a**|behind another|character 3",
                "^*|behind an assertion|character 2",
                "a{3,2}|above the most|character 2",
                "\\xg1|hexadecimal digits|character 1",
                "\\uD800|no character|character 1",
                "a\\|nothing behind it|character 2",
            })
    void whatIsWrongIsSaidWithItsPlace(String pattern, String what, String where) {
        GrammarException e =
                assertThrows(
                        GrammarException.class, () -> PatternSyntax.parse(pattern, Dialect.ECMA));
        assertTrue(e.getMessage().contains(what), e.getMessage());
        assertTrue(e.position().startsWith(where + " "), e.position());
    }

    @Test
    void bracesThatAreNoCountAreText() {
        assertTrue(ecma("^a{3,x{}$", "a{3,x{}"));
        assertTrue(rust("a{,2}", "aa"));
    }

    @Test
    void hugePatternsAreRefused() {
        assertThrows(
                GrammarLimitException.class,
                () -> PatternSyntax.parse("a".repeat(10 << 20), Dialect.RUST));
        assertThrows(
                GrammarLimitException.class,
                () -> PatternSyntax.parse("(".repeat(30_000) + ")".repeat(30_000), Dialect.RUST));
        assertThrows(
                GrammarLimitException.class, () -> PatternSyntax.parse("a{1000000}", Dialect.RUST));
        assertThrows(
                GrammarLimitException.class,
                () -> PatternSyntax.parse("(?:(?:(?:\\b.){99}){99}){99}", Dialect.RUST));
    }
}
