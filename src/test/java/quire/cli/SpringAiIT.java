package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.Outside;

/** An application that asks through Spring AI, as a process beside the server's. */
class SpringAiIT extends ServerProcess {

    @Test
    void questionsAreAnsweredInEveryWayOfTheClient() throws Exception {
        Path client = Outside.SPRING_AI_CLIENT.path();
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        String api = awaitReady().group(1);
        Process asking =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-jar",
                                client.toString(),
                                api.substring(0, api.length() - "/v1".length()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<String> answers =
                asking.inputReader(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.startsWith("> "))
                        .map(line -> line.substring(2))
                        .toList();
        String capital = "The capital of Iraq is Baghdad.";
        String time = "It is 06:17 in Lima.";
        assertEquals(7, answers.size(), answers::toString);
        assertEquals(
                List.of(
                        capital,
                        capital,
                        time,
                        time,
                        "Capital[country=Albania, capital=Tirana]",
                        "get_time{\"city\": \"Lima\"}"),
                answers.subList(0, 6));
        assertTrue(answers.getLast().contains("'nobody'"), answers.getLast());
        assertEquals(0, asking.waitFor());
    }
}
