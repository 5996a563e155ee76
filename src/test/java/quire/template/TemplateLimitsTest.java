package quire.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.template.TemplateException.Kind;

/** Every limit from both sides, and what would exhaust a machine without limits. */
class TemplateLimitsTest {

    private static final TemplateLimits SMALL = new TemplateLimits(2000, 10, 20_000, 60, 1000, 100);

    private static String small(String source) {
        return ChatTemplate.compile(source, SMALL, Clock.systemUTC()).render(Map.of());
    }

    private static void refused(String source) {
        TemplateException thrown = assertThrows(TemplateException.class, () -> small(source));
        assertEquals(Kind.LIMIT, thrown.kind(), source + ": " + thrown.getMessage());
    }

    @Test
    void sourcesMayBeAsLongAsTheLimit() {
        assertEquals("x".repeat(1000), small("x".repeat(1000) + "{#" + " ".repeat(996) + "#}"));
        refused("x".repeat(1000) + "{#" + " ".repeat(997) + "#}");
    }

    @Test
    void textsMayBeAsLongAsTheLimit() {
        assertEquals(1000, small("{{ 'x' * 1000 }}").length());
        refused("{{ 'x' * 1001 }}");
        refused("{{ ('x' * 1000) + 'y' }}");
        refused("{{ ('x' * 1000) ~ 'y' }}");
        refused("{{ 'x' * 1000 }}y");
        refused("{% for i in range(90) %}{{ 'x' * 12 }}{% endfor %}");
        refused("{{ ('x' * 100)|replace('x', 'yyyyyyyyyyy') }}");
        refused("{{ 'x'.center(1001) }}");
        refused("{{ 'x'|center(1001) }}");
        refused("{{ '5'.zfill(1001) }}");
        refused("{{ '\t'.expandtabs(1001) }}");
        refused("{{ '%1001d' % 5 }}");
        refused("{{ '%.1001d' % 5 }}");
        refused("{{ '%*d' % (1001, 5) }}");
        refused("{{ '{:1001}'.format(5) }}");
        refused("{{ '{:{}}'.format(5, 1001) }}");
        refused("{{ [1]|tojson(indent=1001) }}");
        refused("{{ 'a'|indent(1001, true) }}");
        refused("{{ ['x' * 600, 'y' * 600]|join }}");
        refused("{{ ['x' * 600, 'y' * 600] }}");
        refused("{{ ['x' * 600, 'y' * 600]|tojson }}");
        refused("{% set a %}{{ 'x' * 1000 }}y{% endset %}");
        refused("{{ ('<' * 400)|e }}");
    }

    @Test
    void listsMayBeAsLongAsTheLimit() {
        assertEquals("100", small("{{ ([0] * 100)|length }}"));
        refused("{{ [0] * 101 }}");
        refused("{{ ([0] * 100) + [1] }}");
        refused("{{ range(101) }}");
        refused("{{ ('x' * 101)|list }}");
        refused("{{ 'x '.__class__ or ('x ' * 101).split() }}");
        refused("{{ ('x,' * 101).split(',') }}");
        refused("{{ ('x\\n' * 101).splitlines() }}");
        refused("{{ [1]|batch(101, 0)|list }}");
        refused("{{ [1]|slice(101)|list }}");
    }

    @Test
    void stepsAreCounted() {
        assertEquals("", small("{% for i in range(90) %}{% endfor %}"));
        refused(
                "{% for i in range(90) %}{% for j in range(90) %}{% if j > i %}{% endif %}"
                        + "{% endfor %}{% endfor %}");
        refused(
                "{% for i in range(90) %}{% for j in range(90) if i and false %}{% endfor %}"
                        + "{% for j in range(90) %}{{ '' if [i] == [j] }}{% endfor %}{% endfor %}");
    }

    @Test
    void recursionEndsAtTheDepth() {
        assertEquals(
                "3210",
                small(
                        "{% macro m(n) %}{{ n }}{% if n %}{{ m(n - 1) }}{% endif %}"
                                + "{% endmacro %}{{ m(3) }}"));
        refused("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
        refused("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}");
        refused("{% macro m() %}{{ caller }}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}");
    }

    @Test
    void nestingOfTheSourceIsLimited() {
        assertEquals("1", small("{{ " + "(".repeat(9) + "1" + ")".repeat(9) + " }}"));
        refused("{{ " + "(".repeat(10) + "1" + ")".repeat(10) + " }}");
        assertEquals("x", small("{% if true %}".repeat(9) + "x" + "{% endif %}".repeat(9)));
        refused("{% if true %}".repeat(11) + "x" + "{% endif %}".repeat(11));
        refused("{{ " + "not ".repeat(11) + "1 }}");
        refused("{{ " + "- ".repeat(11) + "1 }}");
        refused("{{ 1" + " + 1".repeat(70) + " }}");
        refused("{{ x" + ".y".repeat(70) + " }}");
        refused("{{ 1" + "|abs".repeat(70) + " }}");
    }

    @Test
    void integersAreLimitedInTheirDigits() {
        String digits = "1" + "0".repeat(998);
        assertEquals(digits, small("{{ 10 ** 998 }}"));
        refused("{{ 10 ** 5000 }}");
        refused("{{ 9 ** (9 ** 9) }}");
        refused("{{ 2 ** (2 ** 70) }}");
        refused(
                "{% set ns = namespace(n=10) %}{% for i in range(20) %}"
                        + "{% set ns.n = ns.n * ns.n %}{% endfor %}");
        assertEquals(
                "1 -1 0",
                small(
                        "{{ 1 ** (2 ** 70) }} {{ (-1) ** (2 ** 70 + 1) }} "
                                + "{{ 0 ** (2 ** 70) }}"));
    }

    @Test
    void dataMayNestAsDeepAsTheDepth() {
        Object deep = "x";
        for (int i = 0; i < 2000; i++) {
            deep = List.of(deep);
        }
        Object tooDeep = deep;
        TemplateException thrown =
                assertThrows(
                        TemplateException.class,
                        () -> ChatTemplate.compile("").render(Map.of("x", tooDeep)));
        assertEquals(Kind.LIMIT, thrown.kind());
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        assertThrows(
                TemplateException.class, () -> ChatTemplate.compile("").render(Map.of("x", cycle)));
    }

    /** The limit on depth has to bite before a stack of 1 MiB is full. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{% if 1 %}{% for i in [1] %}{% with %}{{ 1 + (m()|length) }}{%"
                        + " endwith %}{% endfor %}{% endif %}{% endmacro %}{{ m() }}",
                "{% macro m() %}{{ [1]|map('default', m())|list }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{% filter upper %}{{ caller() }}{% call m() %}{% endcall %}{%"
                        + " endfilter %}{% endmacro %}{% call m() %}{% endcall %}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "NEST{{ ns.l }}",
                "NEST{{ ns.l|tojson }}",
                "NEST{{ ns.l == ns.m }}",
                "NEST{{ ns.l < ns.m }}",
                "NEST{{ [ns.l, ns.m]|sort }}",
                "NEST{{ {ns.t: 1} }}",
                "NEST{{ [ns.t, ns.t]|unique|list }}",
                "NEST{{ ns.d }}",
                "NEST{{ ns.d|tojson(indent=1) }}",
                "NEST{{ ns.d == ns.e }}",
                "NEST{{ ns.g|list }}",
                "NEST{{ '%s' % ns.l }}",
                "NEST{{ ns.l in [ns.m] }}",
            })
    void deepEvaluationStaysWithinAnOrdinaryStack(String source) throws Exception {
        String nest =
                "{% set ns = namespace(l=[], m=[], t=(), d={}, e={}, g=[1]) %}{% for i in"
                        + " range(20000) %}{% set ns.l = [ns.l] %}{% set ns.m = [ns.m] %}{% set ns.t ="
                        + " (ns.t,) %}{% set ns.d = {1: ns.d} %}{% set ns.e = {1: ns.e} %}GENERATORS{%"
                        + " endfor %}";
        ChatTemplate template =
                ChatTemplate.compile(
                        source.replace("NEST", nest)
                                .replace(
                                        "GENERATORS",
                                        source.contains("ns.g")
                                                ? "{% set ns.g = ns.g|map('string') %}"
                                                : ""));
        FutureTask<TemplateException> task =
                new FutureTask<>(
                        () ->
                                assertThrows(
                                        TemplateException.class, () -> template.render(Map.of())));
        Thread thread = new Thread(null, task, "small stack", 1 << 20);
        thread.start();
        TemplateException thrown = task.get();
        assertEquals(Kind.LIMIT, thrown.kind(), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("levels deep"), thrown.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "[",
                "{",
                "{1:",
                "not ",
                "-",
                "a if b else ",
                "a(",
                "a[",
                "1 + (",
                "a|b(",
                "a is b(",
                "'%s' % ["
            })
    void deepSourceIsRefusedWithoutARecursionThatDeep(String part) {
        TemplateException thrown =
                assertThrows(
                        TemplateException.class,
                        () -> ChatTemplate.compile("{{ " + part.repeat(50_000)));
        assertEquals(Kind.LIMIT, thrown.kind(), thrown.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".a", "[0]", "()", "|abs", " + 1", " - 1", " * 1", " ** 1", " and 1", " or 1",
                " if 1"
            })
    void longChainsAreRefusedWithoutARecursionThatDeep(String part) {
        TemplateException thrown =
                assertThrows(
                        TemplateException.class,
                        () -> ChatTemplate.compile("{{ a" + part.repeat(50_000) + " }}"));
        assertEquals(Kind.LIMIT, thrown.kind(), thrown.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if a %}",
                "{% for a in b %}",
                "{% macro a() %}",
                "{% set a %}",
                "{% filter upper %}",
                "{% with %}",
                "{% call a() %}",
                "{% if a %}{% else %}"
            })
    void deepStatementsAreRefusedWithoutARecursionThatDeep(String part) {
        TemplateException thrown =
                assertThrows(
                        TemplateException.class, () -> ChatTemplate.compile(part.repeat(20_000)));
        assertEquals(Kind.LIMIT, thrown.kind(), thrown.getMessage());
    }

    @Test
    void longIfChainsAndManyStatementsAreFine() {
        String source =
                "{% if a == 0 %}0"
                        + "{% elif a == 1 %}1".repeat(5000)
                        + "{% endif %}"
                        + "{{ a }}".repeat(5000);
        assertEquals("1" + "1".repeat(5000), ChatTemplate.compile(source).render(Map.of("a", 1)));
    }
}
