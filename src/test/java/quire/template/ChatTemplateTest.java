package quire.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import quire.template.TemplateException.Kind;

class ChatTemplateTest {

    private static String render(String source, Map<String, ?> variables) {
        return ChatTemplate.compile(source).render(variables);
    }

    @Test
    void raisedMessagesReachTheCallerAsTheyAre() {
        TemplateException thrown =
                assertThrows(
                        TemplateException.class,
                        () ->
                                render(
                                        "line one\n{{ raise_exception('Roles must alternate!') }}",
                                        Map.of()));
        assertEquals(Kind.RAISED, thrown.kind());
        assertTrue(thrown.raisedByTemplate());
        assertEquals("Roles must alternate!", thrown.getMessage());
        assertEquals(2, thrown.line());
    }

    @Test
    void errorsNameTheLineOfTheStatement() {
        TemplateException running =
                assertThrows(
                        TemplateException.class,
                        () -> render("a\nb\n{% if x.y %}{% endif %}", Map.of()));
        assertEquals(3, running.line());
        assertFalse(running.raisedByTemplate());
        TemplateException compiling =
                assertThrows(
                        TemplateException.class, () -> ChatTemplate.compile("a\n\n{% nosuch %}"));
        assertEquals(3, compiling.line());
        assertEquals(Kind.SYNTAX, compiling.kind());
    }

    @Test
    void everyJavaNumberBecomesAnIntegerOrAFloat() {
        Map<String, Object> variables = new HashMap<>();
        variables.put(
                "numbers",
                List.of(
                        (byte) 1,
                        (short) 2,
                        3,
                        4L,
                        new BigInteger("5"),
                        6f,
                        7.5,
                        new BigDecimal("8.25"),
                        new BigInteger("123456789012345678901")));
        assertEquals(
                "[1, 2, 3, 4, 5, 6.0, 7.5, 8.25, 123456789012345678901]",
                render("{{ numbers }}", variables));
    }

    @Test
    void otherJavaObjectsStayOutside() {
        TemplateException thrown =
                assertThrows(
                        TemplateException.class,
                        () -> render("{{ x }}", Map.of("x", List.of(Thread.currentThread()))));
        assertEquals(Kind.TYPE, thrown.kind());
    }

    @Test
    void rendersDoNotChangeTheVariables() {
        Map<String, Object> message = new HashMap<>(Map.of("role", "user", "content", "hi"));
        List<Object> messages = new ArrayList<>(List.of(message));
        render(
                "{% set messages = messages + [1] %}{% for m in messages %}{% endfor %}",
                Map.of("messages", messages));
        assertEquals(List.of(Map.of("role", "user", "content", "hi")), messages);
    }

    @Test
    void theClockAnswersInItsOwnZone() {
        Clock clock = Clock.fixed(Instant.parse("2026-01-02T23:30:00Z"), ZoneOffset.ofHours(2));
        assertEquals(
                "2026-01-03 01:30",
                ChatTemplate.compile(
                                "{{ strftime_now('%Y-%m-%d %H:%M') }}",
                                TemplateLimits.DEFAULT, clock)
                        .render(Map.of()));
    }

    @Test
    void otherTemplatesAreRefusedOnlyWhereTheyAreReached() {
        assertEquals("ok", render("{% if false %}{% include 'x' %}{% endif %}ok", Map.of()));
        for (String source :
                List.of(
                        "{% include 'x' %}",
                        "{% extends 'x' %}",
                        "{% import 'x' as y %}",
                        "{% from 'x' import y, z as w without context %}")) {
            TemplateException thrown =
                    assertThrows(TemplateException.class, () -> render(source, Map.of()), source);
            assertTrue(thrown.getMessage().contains("stands alone"), thrown.getMessage());
        }
    }

    @Test
    void filtersThatHaveNoPlaceInPromptsAreRefusedBeforeAnyPrompt() {
        for (String filter :
                List.of(
                        "random",
                        "pprint",
                        "striptags",
                        "urlencode",
                        "urlize",
                        "wordwrap",
                        "xmlattr")) {
            for (String use : List.of("{{ a|%s }}", "{%% if a %%}{{ a|%s(1) }}{%% endif %%}")) {
                refusedAsSyntax(use.formatted(filter), "the filter " + filter + " is not offered");
            }
            TemplateException thrown =
                    assertThrows(
                            TemplateException.class,
                            () -> render("{{ [1]|map('" + filter + "')|list }}", Map.of()));
            assertTrue(thrown.getMessage().contains(filter + " is not offered"), filter);
        }
    }

    private static void refusedAsSyntax(String source, String sentence) {
        TemplateException thrown =
                assertThrows(TemplateException.class, () -> ChatTemplate.compile(source), source);
        assertEquals(Kind.SYNTAX, thrown.kind());
        assertTrue(thrown.getMessage().contains(sentence), thrown.getMessage());
    }

    @Test
    void statementsThatPromptsHaveNoUseForAreRefused() {
        refusedAsSyntax(
                "{% if false %}{% block b %}{% endblock %}{% endif %}",
                "the statement block is not offered: a chat template stands alone");
        refusedAsSyntax("{% autoescape true %}{% endautoescape %}", "prompts are not HTML");
    }

    @Test
    void randomTextIsRefusedWhereItIsReached() {
        assertThrows(TemplateException.class, () -> render("{{ lipsum() }}", Map.of()));
        assertEquals("", render("{% if false %}{{ lipsum() }}{% endif %}", Map.of()));
    }

    @Test
    void oneTemplateServesManyThreads() throws Exception {
        ChatTemplate template =
                ChatTemplate.compile(
                        "{% set ns = namespace(n=0) %}{% macro add(x) %}{% set ns.n = ns.n + x %}{%"
                                + " endmacro %}{% for i in range(500) %}{{ add(start) }}{% endfor %}{{"
                                + " ns.n }}");
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Map<String, Object> variables = Map.of("start", i);
                tasks.add(() -> template.render(variables));
            }
            List<Future<String>> results = threads.invokeAll(tasks);
            for (int i = 0; i < results.size(); i++) {
                assertEquals(Integer.toString(500 * i), results.get(i).get());
            }
        }
    }
}
