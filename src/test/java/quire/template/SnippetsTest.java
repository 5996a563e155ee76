package quire.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import quire.template.TemplateException.Kind;

/**
 * Small templates whose outputs and errors were computed by Jinja2 3.1.6 as transformers runs it.
 */
class SnippetsTest {

    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-22T09:30:00Z"), ZoneOffset.UTC);

    @TestFactory
    List<DynamicTest> eachSnippetEndsLikeTheReference() throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode file;
        try (InputStream in = SnippetsTest.class.getResourceAsStream("/template/snippets.json")) {
            file = json.readTree(in);
        }
        Map<String, Object> variables =
                json.convertValue(file.get("variables"), new TypeReference<>() {});
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode snippet : file.get("snippets")) {
            String template = snippet.get("template").asText();
            tests.add(DynamicTest.dynamicTest(template, () -> check(template, snippet, variables)));
        }
        assertFalse(tests.isEmpty());
        return tests;
    }

    private static void check(String source, JsonNode snippet, Map<String, Object> variables) {
        if (snippet.has("output")) {
            assertEquals(snippet.get("output").asText(), render(source, variables));
            return;
        }
        TemplateException thrown =
                assertThrows(TemplateException.class, () -> render(source, variables));
        String error = snippet.get("error").asText();
        assertEquals(kind(error), thrown.kind(), error + ": " + thrown.getMessage());
        if (snippet.has("message")) {
            assertEquals(snippet.get("message").asText(), thrown.getMessage());
        }
    }

    private static String render(String source, Map<String, Object> variables) {
        return ChatTemplate.compile(source, TemplateLimits.DEFAULT, CLOCK).render(variables);
    }

    /** The kind that stands for one of Python's exception classes. */
    private static Kind kind(String error) {
        return switch (error) {
            case "TemplateSyntaxError", "TemplateAssertionError", "SyntaxError" -> Kind.SYNTAX;
            case "TemplateError" -> Kind.RAISED;
            case "UndefinedError" -> Kind.UNDEFINED;
            case "TypeError", "AttributeError" -> Kind.TYPE;
            case "ValueError", "AssertionError" -> Kind.VALUE;
            case "KeyError", "IndexError" -> Kind.LOOKUP;
            case "ZeroDivisionError", "OverflowError" -> Kind.ARITHMETIC;
            case "SecurityError" -> Kind.SECURITY;
            default -> Kind.RUNTIME;
        };
    }
}
