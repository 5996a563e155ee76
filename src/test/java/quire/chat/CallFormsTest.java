package quire.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.engine.ChatRenderer;
import quire.golden.GoldenData;
import quire.grammar.tag.CallForm;
import quire.template.ChatTemplate;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/** What a grammar lets a model write is what the parser of its format reads. */
class CallFormsTest {

    private static final ToolSchemas TOOLS =
            new ToolSchemas(
                    Map.of(
                            "f",
                            Map.of("properties", Map.of("a", Map.of("type", "string"))),
                            "g",
                            Map.of()));

    private static String template(String name) throws IOException {
        return Files.readString(
                GoldenData.fixtures().resolve("chat-templates").resolve(name + ".jinja"));
    }

    private static String written(CallForm form, String name, boolean withArgument) {
        String arguments =
                switch (form.arguments()) {
                    case JSON -> withArgument ? "{\"a\": \"Bonn\"}" : "{}";
                    case XML -> withArgument ? "<parameter=a>\nBonn\n</parameter>\n" : "";
                    case PYTHON -> withArgument ? "a=\"Bonn\"" : "";
                };
        return form.head() + name + form.middle() + arguments + form.tail();
    }

    @ParameterizedTest
    @CsvSource({
        "Qwen-Qwen2.5-7B-Instruct, HERMES",
        "Qwen3-Coder, QWEN3_CODER",
        "Mistral-Small-3.2-24B-Instruct-2506, MISTRAL",
        "mistralai-Mistral-Nemo-Instruct-2407, MISTRAL",
        "deepseek-ai-DeepSeek-V3.1, DEEPSEEK_V3",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B, DEEPSEEK_V3",
        "meta-llama-Llama-3.1-8B-Instruct, LLAMA3_JSON",
        "meta-llama-Llama-3.2-3B-Instruct, PYTHONIC",
    })
    void callsOfAFormAreRead(String name, ToolCallFormat format) throws IOException {
        CallForm form = CallForms.of(format, template(name));
        Reading reading =
                new Reading(
                        Optional.empty(),
                        Optional.of(new ToolUse(new ToolUse.Way.Free(format), TOOLS, true, false)));
        String one = form.open() + written(form, "f", true) + form.close();
        assertSaid("[f{\"a\": \"Bonn\"}]", one, reading);
        String two =
                form.open()
                        + written(form, "f", true)
                        + form.separator()
                        + written(form, "g", false)
                        + form.close();
        assertSaid("[f{\"a\": \"Bonn\"}, g{}]", two, reading);
        assertTrue(
                format.markers().containsAll(form.marks()) || format == ToolCallFormat.QWEN3_CODER,
                name);
        if (!form.onLines()) {
            assertTrue(
                    form.marks().stream().anyMatch(form.open()::startsWith),
                    "begins with a mark, so that nothing evades it");
        }
    }

    private static void assertSaid(String expected, String text, Reading reading) {
        Said said = Said.of(text, reading);
        List<String> calls =
                said.calls().stream().map(call -> call.name() + call.arguments()).toList();
        assertEquals(expected, calls.toString(), text);
        assertEquals("", said.content(), text);
    }

    /** But for Mistral's, which write an id into each call that the parser does without. */
    @ParameterizedTest
    @CsvSource({
        "Qwen-Qwen2.5-7B-Instruct, HERMES",
        "Qwen-Qwen3-0.6B, HERMES",
        "Qwen3-Coder, QWEN3_CODER",
        "deepseek-ai-DeepSeek-V3.1, DEEPSEEK_V3",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B, DEEPSEEK_V3",
        "meta-llama-Llama-3.1-8B-Instruct, LLAMA3_JSON",
    })
    void formIsAsTheTemplateWritesCalls(String name, ToolCallFormat format) throws IOException {
        String template = template(name);
        CallForm form = CallForms.of(format, template);
        ChatRenderer chat =
                new ChatRenderer(
                        Optional.of(ChatTemplate.compile(template)),
                        Map.of("bos_token", "<s>", "eos_token", "</s>"));
        String rendered =
                TurnRenderer.render(
                        chat,
                        List.of(
                                turn("user", List.of()),
                                turn(
                                        "assistant",
                                        List.of(new Turn.Call("1", "f", "{\"a\": \"Bonn\"}")))),
                        List.of(),
                        false,
                        Map.of());
        String call = form.open() + written(form, "f", true) + form.close();
        assertTrue(rendered.contains(call), rendered + " without " + call);
    }

    private static Turn turn(String role, List<Turn.Call> calls) {
        return new Turn(
                role,
                calls.isEmpty() ? Optional.of("Go on.") : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                calls,
                Optional.empty());
    }
}
