package quire.template.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.template.ChatTemplate;
import quire.template.TemplateLimits;
import quire.template.values.Run;

class SearchTest {

    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(5) == 0 ? 'b' : 'a');
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 18, 40})
    void findsWhatJavaFindsFromEveryPlace(int length) {
        Random random = new Random(length);
        Run run = new Run(TemplateLimits.DEFAULT, Clock.systemUTC());
        for (int round = 0; round < 200; round++) {
            String text = letters(random, random.nextInt(100));
            int from = random.nextInt(text.length() + 1);
            boolean planted = text.length() >= from + length;
            String wanted =
                    planted && round % 2 == 0
                            ? text.substring(from, from + length)
                            : letters(random, length);
            Search search = new Search(run, wanted);
            String context = "seed " + length + ", round " + round;
            assertEquals(text.indexOf(wanted, from), search.next(text, from), context);
            assertEquals(
                    text.substring(0, from).lastIndexOf(wanted),
                    search.previous(text, from),
                    context);
        }
    }

    @Test
    void textsMadeToDefeatNaiveSearchesAreNoTrouble() {
        String source =
                "{% set s = 'a' * 2000000 %}{{ s.find('a' * 1000000 ~ 'b') }} {{ s.rfind('b' ~ 'a'"
                        + " * 1000000) }} {{ ('a' * 1000000 ~ 'b') in s }} {{ s.replace('a' * 1000 ~"
                        + " 'b', '')|length }} {{ s.split('a' * 1000 ~ 'b')|length }} {{ s.strip('b' *"
                        + " 1000000)|length }}";
        assertEquals(
                "-1 -1 False 2000000 1 2000000", ChatTemplate.compile(source).render(Map.of()));
    }
}
