package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.Outside;

/** The samples of the documentation, each in an application that does with it what users would. */
class SamplesIT {

    private static final Path SAMPLES = Path.of("docs/samples");
    private static final int MAX_LINES = 80;

    @TempDir Path folder;

    /** The model, by the variable that both frameworks read the property {@code model} from. */
    private static final Map<String, String> MODEL = Map.of("MODEL", "models/quire-demo");

    /** The names of /metrics, but for two words that Prometheus' newer client takes off. */
    private static final String METERS =
            "vllm:cache_config vllm:e2e_request_latency_seconds vllm:generation_tokens_total"
                    + " vllm:inter_token_latency_seconds vllm:iteration_tokens"
                    + " vllm:kv_cache_usage_perc vllm:num_preemptions_total"
                    + " vllm:num_requests_running vllm:num_requests_waiting"
                    + " vllm:prefix_cache_hits_total vllm:prefix_cache_queries_total"
                    + " vllm:prompt_tokens_total vllm:request_decode_time_seconds"
                    + " vllm:request_generation_tokens vllm:request_inference_time_seconds"
                    + " vllm:request_params_max_tokens vllm:request_params_n"
                    + " vllm:request_prefill_time_seconds vllm:request_prompt_tokens"
                    + " vllm:request_queue_time_seconds vllm:request_success_total"
                    + " vllm:request_time_per_output_token_seconds"
                    + " vllm:time_to_first_token_seconds";

    private static List<String> run(Path jar) throws Exception {
        Outside.CPU_KERNELS.path();
        PlainProgram.Ended ended =
                PlainProgram.java(
                        MODEL, "--enable-native-access=ALL-UNNAMED", "-jar", jar.toString());
        return ended.output().stream()
                .filter(line -> line.startsWith("> "))
                .map(line -> line.substring(2))
                .toList();
    }

    @Test
    void springAiAnswersStreamsRemembersCancelsAndHonoursEveryOption() throws Exception {
        assertEquals(
                List.of(
                        "answer: The capital of Iraq is Baghdad.",
                        "stream: The capital of Iraq is Baghdad.",
                        "stream ended by: STOP",
                        "stream's tokens: 8",
                        "pieces: true",
                        "forgotten tokens: 0",
                        "cut: The capital of",
                        "cut by: LENGTH",
                        "cut's tokens: 3",
                        "cut's model: quire-demo",
                        "aborted: 0.0",
                        "aborted: 1.0",
                        "nothing asked for: true",
                        "honoured: {frequencyPenalty=true, maxTokens=true, model=true,"
                                + " presencePenalty=true, stopSequences=true, temperature=true,"
                                + " topK=true, topP=true}",
                        "refused: Quire does not support model other",
                        "refused: Quire does not support tools",
                        "refused: Quire does not support media",
                        "refused: Quire does not support tool calls",
                        "refused: Quire does not support results of tools",
                        "meters: " + METERS),
                run(Outside.SPRING_AI.path().resolve("host.jar")));
    }

    @Test
    void quarkusHasTheModelAsABeanAndItsMeters() throws Exception {
        assertEquals(
                List.of(
                        "tokens: 0.0",
                        "answer: The capital of Iraq is Baghdad.",
                        "cut: The capital of",
                        "answers: 2"),
                run(Outside.QUARKUS_CDI.path().resolve("quarkus-app/quarkus-run.jar")));
    }

    @Test
    void sampleOfTheReadmeIsTheFileAndItsScriptRunsIt() throws Exception {
        Path sample = SAMPLES.resolve("java/Sample.java");
        assertTrue(
                Files.readString(Path.of("README.md"))
                        .contains("\n```java\n" + Files.readString(sample) + "```\n"));
        Outside.CPU_KERNELS.path();
        Path own =
                Files.writeString(
                        folder.resolve("Own.java"),
                        "class Own { public static void main(String[] words) {"
                                + " System.out.println(quire.LLM.class.getName() + words[0]); } }");
        assertEquals(List.of("quire.LLM!"), script(own.toString(), "!"));
        List<String> output = script();
        assertTrue(output.contains("The capital of France is Paris."), output::toString);
    }

    private static List<String> script(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "docs/samples/java/run"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        List<String> output = process.inputReader(StandardCharsets.UTF_8).lines().toList();
        assertEquals(0, process.waitFor(), output::toString);
        return output;
    }

    @Test
    void samplesAreShortAndFitThePage() throws IOException {
        try (Stream<Path> files = Files.walk(SAMPLES)) {
            List<Path> samples = files.filter(Files::isRegularFile).toList();
            assertTrue(samples.size() >= 3, samples::toString);
            for (Path sample : samples) {
                List<String> lines = Files.readAllLines(sample);
                assertTrue(lines.size() <= MAX_LINES, sample + " has " + lines.size() + " lines");
                assertTrue(lines.stream().allMatch(line -> line.length() <= 100), sample + "");
            }
        }
    }
}
