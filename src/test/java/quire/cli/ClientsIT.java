package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.Outside;
import quire.rest.api.model.CreateChatCompletionStreamResponse;
import quire.rest.api.model.CreateCompletionResponse;
import quire.rest.api.model.ErrorResponse;

/**
 * The clients that people use from other languages, each as a program beside the server's process.
 * A program ends with status 0 where every part of it holds, and says so part by part.
 */
class ClientsIT extends ServerProcess {

    private static final Path PYTHON = Path.of("src/test/clients/python").toAbsolutePath();
    private static final Path NODE = Path.of("target/clients/node").toAbsolutePath();
    private static final String HOLDS = "holds: ";

    /** The file for what random streams said, and the classes of the specification for that. */
    private static final String EVENTS = "events.txt";

    private static final Set<String> STREAMS = Set.of("/v1/chat/completions", "/v1/completions");
    private static final Map<String, Class<?>> EVENT_CLASSES =
            Map.of(
                    "/v1/chat/completions", CreateChatCompletionStreamResponse.class,
                    "/v1/completions", CreateCompletionResponse.class,
                    "error", ErrorResponse.class);

    /** Requests that CI has schemathesis send to each route; the whole test takes them all. */
    private static final int EXAMPLES = Integer.getInteger("quire.schemathesis.examples", 40);

    private static final long SEED = Long.getLong("quire.schemathesis.seed", 1);

    private String serve(String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("serve", "--port", "0", "--kv-cache-memory-bytes", "64M"));
        arguments.addAll(List.of(more));
        start(Map.of(), arguments.toArray(String[]::new));
        return awaitReady().group(1);
    }

    /** Runs a program to its good end, and returns what it wrote. */
    private List<String> run(Path program, Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toAbsolutePath().toString()));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        builder.environment()
                .put("SCHEMATHESIS_HOOKS", PYTHON.resolve("event_streams.py").toString());
        builder.environment().put("EVENTS", folder.resolve(EVENTS).toString());
        Process process = builder.start();
        List<String> output = process.inputReader(StandardCharsets.UTF_8).lines().toList();
        assertEquals(0, process.waitFor(), () -> String.join("\n", output));
        return output;
    }

    private static List<String> held(List<String> output) {
        return output.stream()
                .filter(line -> line.startsWith(HOLDS))
                .map(line -> line.substring(HOLDS.length()))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "PYTHON_CLIENTS, openai_client.py,"
                + " chat streams many tools parsed_tools chosen_tools structure logprobs errors",
        "PYTHON_CLIENTS, langchain_client.py,"
                + " chat streams tools chosen_tools structure logprobs errors",
        "PYTHON_CLIENTS, pydantic_ai_client.py, chat streams tools chosen_tools structure errors",
        "PYTHON_CLIENTS, litellm_client.py,"
                + " chat streams tools chosen_tools structure logprobs errors",
        "INSTRUCTOR, instructor_client.py, chat streams tools chosen_tools structure errors",
        "NODE_CLIENTS, openai_client.mjs,"
                + " chat streams tools parsedTools chosenTools structure logprobs errors",
        "NODE_CLIENTS, ai_sdk_client.mjs, chat streams tools chosenTools structure errors",
    })
    void everyPartHolds(Outside client, String program, String parts) throws Exception {
        Path interpreter = client.path();
        Path programs = client == Outside.NODE_CLIENTS ? NODE : PYTHON;
        List<Object> arguments = new ArrayList<>(List.of(programs.resolve(program), serve()));
        arguments.addAll(List.of(parts.split(" ")));
        List<String> output = run(interpreter, arguments.toArray());
        assertEquals(List.of(parts.split(" ")), held(output), () -> String.join("\n", output));
    }

    @Test
    void lmEvalGradesAsThePromptsLogProbabilitiesDo() throws Exception {
        Path python = Outside.LM_EVAL.path();
        Path model = Path.of("models/quire-demo").toAbsolutePath();
        List<String> output = run(python, PYTHON.resolve("lm_eval_client.py"), serve(), model);
        assertEquals(1, held(output).size(), () -> String.join("\n", output));
        System.out.println(output.getLast());
    }

    /** The whole test takes more than three minutes. */
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void everyAnswerToRandomRequestsIsAsSpecified() throws Exception {
        Path schemathesis = Outside.SCHEMATHESIS.path();
        String api = serve("--max-model-len", "128", "--enable-tokenizer-info-endpoint");
        List<String> output =
                run(
                        schemathesis,
                        "run",
                        Path.of("src/main/openapi/openapi.yaml").toAbsolutePath(),
                        "--url",
                        api.substring(0, api.length() - "/v1".length()),
                        "--checks",
                        "not_a_server_error,status_code_conformance,content_type_conformance,"
                                + "response_headers_conformance,response_schema_conformance,"
                                + "every_event_is_as_specified",
                        "--phases",
                        "examples,coverage,fuzzing",
                        "--max-examples",
                        EXAMPLES,
                        "--seed",
                        SEED);
        output.stream().filter(line -> line.contains("generated")).forEach(System.out::println);
        assertEveryEventHasItsClass();
    }

    private void assertEveryEventHasItsClass() throws IOException {
        List<String> events = Files.readAllLines(folder.resolve(EVENTS));
        Map<String, Integer> counts = new TreeMap<>();
        for (String event : events) {
            String[] parts = event.split(" ", 2);
            MAPPER.readValue(parts[1], EVENT_CLASSES.get(parts[0]));
            counts.merge(parts[0], 1, Integer::sum);
        }
        assertTrue(counts.keySet().containsAll(STREAMS), counts::toString);
        System.out.println("events of streams, each in its class: " + counts);
    }
}
