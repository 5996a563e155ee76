package quire.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import quire.template.ChatTemplate;
import quire.template.TemplateException;
import quire.template.TemplateLimits;

/** Real chat templates against Jinja2 as transformers runs it: every prompt equal to the byte. */
class GoldenTemplatesTest {

    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-22T09:30:00Z"), ZoneOffset.UTC);

    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    List<DynamicTest> rendersEveryCaseLikeTheReference() throws IOException {
        JsonNode cases = JSON.readTree(GoldenData.golden().resolve("chat-cases.json").toFile());
        JsonNode golden =
                JSON.readTree(GoldenData.golden().resolve("chat-templates.json").toFile());
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> template : golden.properties()) {
            Path file = GoldenData.fixtures().resolve("chat-templates").resolve(template.getKey());
            String source = Files.readString(file);
            for (Map.Entry<String, JsonNode> expected : template.getValue().properties()) {
                JsonNode chat = cases.get(expected.getKey());
                tests.add(
                        DynamicTest.dynamicTest(
                                template.getKey() + " / " + expected.getKey(),
                                () -> check(source, chat, expected.getValue())));
            }
        }
        assertFalse(tests.isEmpty(), "no chat templates in " + GoldenData.golden());
        return tests;
    }

    private static void check(String source, JsonNode chat, JsonNode expected) {
        Map<String, Object> variables = variables(chat);
        if (expected.has("prompt")) {
            ChatTemplate template = ChatTemplate.compile(source, TemplateLimits.DEFAULT, CLOCK);
            assertEquals(expected.get("prompt").asText(), template.render(variables));
            return;
        }
        String error = expected.get("error").asText();
        TemplateException thrown =
                assertThrows(
                        TemplateException.class,
                        () ->
                                ChatTemplate.compile(source, TemplateLimits.DEFAULT, CLOCK)
                                        .render(variables),
                        error);
        assertEquals(error.startsWith("TemplateError: "), thrown.raisedByTemplate(), error);
        assertEquals(error.substring(error.indexOf(": ") + 2), thrown.getMessage());
    }

    private static Map<String, Object> variables(JsonNode chat) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", value(chat.get("messages")));
        variables.put("tools", value(chat.get("tools")));
        variables.put("documents", null);
        variables.put(
                "add_generation_prompt",
                !chat.has("add_generation_prompt")
                        || chat.get("add_generation_prompt").asBoolean());
        for (String token : List.of("bos", "eos", "pad", "unk")) {
            variables.put(token + "_token", "<" + token + ">");
        }
        if (chat.has("kwargs")) {
            chat.get("kwargs")
                    .properties()
                    .forEach(e -> variables.put(e.getKey(), value(e.getValue())));
        }
        return variables;
    }

    private static Object value(JsonNode node) {
        return node == null ? null : JSON.convertValue(node, Object.class);
    }
}
