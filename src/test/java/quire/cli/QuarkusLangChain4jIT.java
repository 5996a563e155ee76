package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.Outside;

/** An application that asks through Quarkus LangChain4j, as a process beside the server's. */
class QuarkusLangChain4jIT extends ServerProcess {

    @Test
    void questionsAreAnsweredInEveryWayOfTheExtension() throws Exception {
        Path client = Outside.QUARKUS_LANGCHAIN4J.path();
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        String api = awaitReady().group(1);
        Process asking =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-Dquarkus.langchain4j.openai.base-url=" + api,
                                "-jar",
                                client.toString(),
                                "Name the capital of Iraq.")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<String> answers =
                new ArrayList<>(asking.inputReader(StandardCharsets.UTF_8).lines().toList());
        String error = answers.removeLast();
        String expected = "The capital of Iraq is Baghdad.";
        assertEquals(
                List.of(
                        expected,
                        expected,
                        "The clock is asked for Lima.",
                        "Then there is an answer: true",
                        "get_time{\"city\": \"Lima\"}",
                        "Capital[country=Albania, capital=Tirana]"),
                answers);
        assertTrue(error.contains("The model 'nobody' does not exist"), error);
        assertEquals(0, asking.waitFor());
    }
}
