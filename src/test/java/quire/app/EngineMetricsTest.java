package quire.app;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.batcher.ServingEngine;
import quire.metrics.EngineMetrics;

/** What a dashboard made for vLLM reads. */
@QuarkusTest
class EngineMetricsTest {

    private static final List<String> GAUGES =
            List.of(
                    "vllm:num_requests_running",
                    "vllm:num_requests_waiting",
                    "vllm:kv_cache_usage_perc");
    private static final List<String> COUNTERS =
            List.of(
                    "vllm:prefix_cache_queries",
                    "vllm:prefix_cache_hits",
                    "vllm:num_preemptions",
                    "vllm:prompt_tokens",
                    "vllm:generation_tokens",
                    "quire:forced_tokens");
    private static final List<String> HISTOGRAMS =
            List.of(
                    "vllm:time_to_first_token_seconds",
                    "vllm:inter_token_latency_seconds",
                    "vllm:request_time_per_output_token_seconds",
                    "vllm:e2e_request_latency_seconds",
                    "vllm:request_queue_time_seconds",
                    "vllm:request_inference_time_seconds",
                    "vllm:request_prefill_time_seconds",
                    "vllm:request_decode_time_seconds",
                    "vllm:request_prompt_tokens",
                    "vllm:request_generation_tokens",
                    "vllm:request_params_n",
                    "vllm:request_params_max_tokens",
                    "vllm:iteration_tokens_total");
    private static final String LABELS = "engine=\"0\",model_name=\"quire-demo\"";

    /** Longer than two blocks of the cache, so that a second request finds some of it there. */
    private static final String PROMPT = "The quick brown fox jumps over the lazy dog. ".repeat(8);

    @Inject ServingEngine serving;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        while (given().get("/health").statusCode() != 200) {
            Thread.sleep(50);
        }
    }

    /** Values by name and labels. */
    private static Map<String, Double> scrape() {
        return samples(given().get("/metrics").then().statusCode(200).extract().asString());
    }

    private static Map<String, Double> samples(String text) {
        Map<String, Double> samples = new TreeMap<>();
        text.lines()
                .filter(line -> line.matches("(vllm|quire):.*"))
                .forEach(
                        line -> {
                            int space = line.lastIndexOf(' ');
                            samples.put(
                                    line.substring(0, space).replace(",}", "}"),
                                    Double.parseDouble(line.substring(space + 1)));
                        });
        return samples;
    }

    private static double value(Map<String, Double> samples, String name) {
        String key = name + "{" + LABELS + "}";
        assertTrue(samples.containsKey(key), () -> key + " is not in " + samples.keySet());
        return samples.get(key);
    }

    private static JsonPath complete(int maxTokens, int n) {
        return given().contentType("application/json")
                .body(
                        Map.of(
                                "model",
                                "quire-demo",
                                "prompt",
                                PROMPT,
                                "max_tokens",
                                maxTokens,
                                "n",
                                n,
                                "temperature",
                                0,
                                "ignore_eos",
                                true))
                .post("/v1/completions")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    @Test
    void everyNameIsThereWithItsLabels() {
        complete(2, 1);
        Map<String, Double> samples = scrape();
        GAUGES.forEach(name -> value(samples, name));
        COUNTERS.forEach(name -> value(samples, name + "_total"));
        HISTOGRAMS.forEach(
                name -> {
                    value(samples, name + "_count");
                    value(samples, name + "_sum");
                    String infinite = name + "_bucket{" + LABELS + ",le=\"+Inf\"}";
                    assertEquals(value(samples, name + "_count"), samples.get(infinite), infinite);
                });
        Stream.of("stop", "length", "abort", "error")
                .forEach(
                        reason ->
                                assertTrue(
                                        samples.containsKey(
                                                "vllm:request_success_total{engine=\"0\",finished_reason=\""
                                                        + reason
                                                        + "\",model_name=\"quire-demo\"}"),
                                        reason));
        assertTrue(
                samples.keySet().stream()
                        .anyMatch(
                                name ->
                                        name.startsWith("vllm:cache_config_info{")
                                                && name.contains("block_size=\"16\"")
                                                && name.contains("num_gpu_blocks=\"")
                                                && name.contains("cache_dtype=\"bf16\"")
                                                && name.contains(
                                                        "enable_prefix_caching=\"true\"")));
    }

    @Test
    void bucketsAreThoseOfVllm() {
        Map<String, Double> samples = scrape();
        assertBuckets(
                samples,
                "vllm:time_to_first_token_seconds",
                "0.001",
                "0.005",
                "0.01",
                "0.02",
                "0.04",
                "0.06",
                "0.08",
                "0.1",
                "0.25",
                "0.5",
                "0.75",
                "1.0",
                "2.5",
                "5.0",
                "7.5",
                "10.0",
                "20.0",
                "40.0",
                "80.0",
                "160.0",
                "640.0",
                "2560.0");
        assertBuckets(
                samples,
                "vllm:e2e_request_latency_seconds",
                "0.3",
                "0.5",
                "0.8",
                "1.0",
                "1.5",
                "2.0",
                "2.5",
                "5.0",
                "10.0",
                "15.0",
                "20.0",
                "30.0",
                "40.0",
                "50.0",
                "60.0",
                "120.0",
                "240.0",
                "480.0",
                "960.0",
                "1920.0",
                "7680.0");
        assertBuckets(samples, "vllm:request_params_n", "1.0", "2.0", "5.0", "10.0", "20.0");
    }

    private static void assertBuckets(Map<String, Double> samples, String name, String... bounds) {
        List<String> expected =
                Stream.concat(Arrays.stream(bounds), Stream.of("+Inf")).sorted().toList();
        String prefix = name + "_bucket{" + LABELS + ",le=\"";
        List<String> found =
                samples.keySet().stream()
                        .filter(key -> key.startsWith(prefix))
                        .map(key -> key.substring(prefix.length(), key.length() - 2))
                        .sorted()
                        .toList();
        assertEquals(expected, found, name);
    }

    @Test
    void secondsFallIntoTheBucketThatHoldsThem() {
        complete(4, 1);
        Map<String, Double> samples = scrape();
        // The prefill of a demo prompt is a matter of milliseconds; a histogram that rounds seconds
        // up would have nothing below one second. The widest bucket below that leaves a slow
        // machine room.
        double below =
                samples.get("vllm:inter_token_latency_seconds_bucket{" + LABELS + ",le=\"0.75\"}");
        assertTrue(below > 0, samples::toString);
    }

    @Test
    void countersGrowByWhatARequestDid() {
        complete(1, 1);
        Map<String, Double> before = scrape();
        JsonPath answer = complete(5, 1);
        Map<String, Double> after = scrape();

        int promptTokens = answer.getInt("usage.prompt_tokens");
        int cachedTokens = answer.getInt("usage.prompt_tokens_details.cached_tokens");
        assertTrue(cachedTokens >= 32, "cached: " + cachedTokens);
        assertGrowth(promptTokens, "vllm:prompt_tokens_total", before, after);
        assertGrowth(5, "vllm:generation_tokens_total", before, after);
        assertGrowth(promptTokens, "vllm:prefix_cache_queries_total", before, after);
        assertGrowth(cachedTokens, "vllm:prefix_cache_hits_total", before, after);
        assertGrowth(0, "vllm:num_preemptions_total", before, after);
        assertGrowth(4, "vllm:inter_token_latency_seconds_count", before, after);
        assertGrowth(1, "vllm:time_to_first_token_seconds_count", before, after);
        assertGrowth(1, "vllm:e2e_request_latency_seconds_count", before, after);
        assertGrowth(5, "vllm:request_generation_tokens_sum", before, after);
        assertGrowth(promptTokens, "vllm:request_prompt_tokens_sum", before, after);
        assertGrowth(5, "vllm:request_params_max_tokens_sum", before, after);
        // The step that ends a request is counted before the request's answer is written.
        assertGrowth(
                promptTokens - cachedTokens + 4, "vllm:iteration_tokens_total_sum", before, after);
        assertGrowth(5, "vllm:iteration_tokens_total_count", before, after);
        assertEquals(1, finished(after, "length") - finished(before, "length"));
        assertEquals(0, finished(after, "stop") - finished(before, "stop"));
        assertEquals(0, value(after, "vllm:num_requests_running"));
        assertEquals(0, value(after, "vllm:num_requests_waiting"));
    }

    @Test
    void choicesOfOneRequestCountEachAndTheirRequestOnce() {
        Map<String, Double> before = scrape();
        complete(3, 2);
        Map<String, Double> after = scrape();
        assertGrowth(6, "vllm:generation_tokens_total", before, after);
        assertGrowth(1, "vllm:request_params_n_count", before, after);
        assertGrowth(2, "vllm:request_params_n_sum", before, after);
        assertEquals(2, finished(after, "length") - finished(before, "length"));
    }

    /** A registry of a Java program's: the same series, told in the same words. */
    @Test
    @SuppressWarnings("deprecation") // Quarkus has Prometheus' older client.
    void aHostsRegistryHasTheSameMeters() {
        PrometheusMeterRegistry host = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        EngineMetrics metrics = EngineMetrics.bind(host, serving.engine());
        try {
            Map<String, Double> before = samples(host.scrape());
            assertEquals(series(given().get("/metrics").asString()), series(host.scrape()));
            complete(5, 1);
            Map<String, Double> after = samples(host.scrape());
            assertGrowth(5, "vllm:generation_tokens_total", before, after);
            assertGrowth(4, "vllm:inter_token_latency_seconds_count", before, after);
        } finally {
            metrics.unbind();
        }
        assertEquals("", host.scrape());
    }

    /**
     * The lines of the engine's meters without their values, help and type among them; without the
     * maxima that Micrometer adds and the server's page leaves out.
     */
    private static String series(String text) {
        return text.lines()
                .filter(line -> line.matches("(# \\w+ )?vllm:.*"))
                .filter(line -> !line.contains("_max{") && !line.matches("# .*_max .*"))
                .map(line -> line.startsWith("#") ? line : line.substring(0, line.lastIndexOf(' ')))
                .map(line -> line.replace(",}", "}"))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static double finished(Map<String, Double> samples, String reason) {
        return samples.get(
                "vllm:request_success_total{engine=\"0\",finished_reason=\""
                        + reason
                        + "\",model_name=\"quire-demo\"}");
    }

    private static void assertGrowth(
            double expected, String name, Map<String, Double> before, Map<String, Double> after) {
        assertEquals(expected, value(after, name) - value(before, name), name);
    }
}
