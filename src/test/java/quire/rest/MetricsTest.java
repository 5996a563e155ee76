package quire.rest;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.Outside;

/** {@code /metrics} as a format; what the figures are is tested elsewhere. */
@QuarkusTest
class MetricsTest {

    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS =
            "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /** What promtool has against vLLM's names, which are what dashboards look for. */
    private static final Pattern VLLMS =
            Pattern.compile(
                    "vllm:\\S+ metric names should not contain ':'"
                            + "|vllm:iteration_tokens_total non-counter metrics should not have"
                            + " \"_total\" suffix");

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
        DemoServer.post(
                        "/v1/completions",
                        "{\"model\": \"quire-demo\", \"prompt\": \"a\", \"max_tokens\": 3}")
                .statusCode(200);
    }

    private static Response scrape(RequestSpecification as) {
        Response response = as.get("/metrics");
        assertEquals(200, response.statusCode());
        return response;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "text/plain",
                "text/plain;version=0.0.4",
                "text/html,application/xhtml+xml,*/*;q=0.8",
                // Prometheus 2 and 3.
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                        + "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                        + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
            })
    void textIsTheFormatOfAllWhoTakeIt(String accept) {
        Response response = scrape(given().header("Accept", accept));
        assertEquals(TEXT, response.contentType());
        assertFalse(response.asString().contains("# EOF"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/openmetrics-text",
                "application/openmetrics-text; version=1.0.0",
                "application/openmetrics-text;version=1.0.0,*/*;q=0.1"
            })
    void openMetricsIsForWhoAsksForIt(String accept) {
        Response response = scrape(given().header("Accept", accept));
        assertEquals(OPEN_METRICS, response.contentType());
        assertTrue(response.asString().endsWith("# EOF\n"));
        assertTrue(response.asString().contains("# TYPE vllm:generation_tokens counter"));
    }

    @Test
    void everyFamilyHasHelpAndNoMaximumBesideIt() {
        String text = scrape(given()).asString();
        Set<String> described = new TreeSet<>();
        Set<String> typed = new TreeSet<>();
        text.lines()
                .filter(line -> line.startsWith("# "))
                .forEach(
                        line -> {
                            String[] words = line.split(" ", 4);
                            if (words[1].equals("TYPE")) {
                                typed.add(words[2]);
                            } else if (!words[3].isBlank()) {
                                described.add(words[2]);
                            }
                        });
        assertEquals(typed, described);
        typed.forEach(name -> assertFalse(typed.contains(name + "_max"), name + "_max"));
        assertTrue(typed.contains("vllm:e2e_request_latency_seconds"), typed.toString());
    }

    @Test
    void promtoolHasNothingAgainstThem() throws Exception {
        Path promtool = Outside.PROMTOOL.path();
        Process check =
                new ProcessBuilder(promtool.toString(), "check", "metrics")
                        .redirectErrorStream(true)
                        .start();
        try (OutputStream in = check.getOutputStream()) {
            in.write(scrape(given()).asByteArray());
        }
        List<String> objections =
                check.inputReader(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !VLLMS.matcher(line).matches())
                        .toList();
        assertEquals(List.of(), objections);
        // 1: not even readable; 3: readable, with objections.
        assertTrue(Set.of(0, 3).contains(check.waitFor()));
    }

    @Test
    void whereTheFrameworkHasThemTheyAreTheSame() {
        assertEquals(TEXT, given().get("/q/metrics").contentType());
    }
}
