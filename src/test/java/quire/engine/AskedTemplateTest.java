package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.InvalidRequestException;
import quire.template.ChatTemplate;

/** Templates that come with requests. */
class AskedTemplateTest {

    private static final ChatRenderer MODEL =
            new ChatRenderer(
                    Optional.of(ChatTemplate.compile("the model's {{ bos_token }}")),
                    Map.of("bos_token", "<s>"));
    private static final List<Map<String, Object>> MESSAGES =
            List.of(Map.of("role", "user", "content", "hello"));

    private static InvalidRequestException refusal(String source) {
        return assertThrows(
                InvalidRequestException.class,
                () -> MODEL.with(source).render(MESSAGES, true, Map.of()));
    }

    @Test
    void templateOfARequestGoesBeforeTheModelsAndHasItsTokens() {
        assertEquals(
                "<s>hello",
                MODEL.with("{{ bos_token }}{{ messages[0].content }}")
                        .render(MESSAGES, true, Map.of()));
        assertEquals("the model's <s>", MODEL.render(MESSAGES, true, Map.of()));
    }

    @Test
    void whatIsWrongIsToldOfTheField() {
        assertEquals("chat_template", refusal("{% for %}").param());
        assertTrue(refusal("a\n{% for %}").getMessage().contains("line 2"));
        assertEquals("chat_template", refusal("{{ messages + 1 }}").param());
        InvalidRequestException raised = refusal("{{ raise_exception('no') }}");
        assertEquals("messages", raised.param());
        assertEquals("The request's chat template refuses these messages: no", raised.getMessage());
    }

    /** Of all that costs time or memory there is little, whatever a stranger writes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
                "{% set ns = namespace(s='a') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{{ 'a' * 100000000 }}",
                "{{ ('a' * 1000000) | replace('a', 'aaaaaaaaaa') }}",
                "{{ range(100000000) | list }}",
                "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
                "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
                "{{ 9 ** 999999999 }}",
                "{{ '%1000000000d' | format(1) }}",
                "{{ messages.__class__.__mro__ }}",
                "{% include '/etc/passwd' %}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
                "{{ ((range(3000) | list) * 3000) | sort | join('-') }}"
            })
    void hostileTemplatesEndSoon(String source) {
        refusal(source);
        long start = System.nanoTime();
        InvalidRequestException refusal = refusal(source);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertEquals("chat_template", refusal.param());
        assertTrue(millis < 1000, millis + " ms");
    }

    @Test
    void longAndDeepTemplatesAreRefused() {
        assertTrue(refusal("a".repeat(200_000)).getMessage().contains("131072"));
        refusal("{{ " + "(".repeat(10_000) + ")".repeat(10_000) + " }}");
        refusal("{% if true %}".repeat(5_000) + "{% endif %}".repeat(5_000));
    }
}
