package quire.hosts;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import quire.ClosedException;
import quire.LLM;
import quire.Message;
import quire.SamplingParams;

/** What {@code HostsIT} asks for. */
@RestController
class Questions {

    private static final String LOG = "quire.hosts.Questions";

    private final LLM llm;
    private final MeterRegistry meters;
    private final Path model;

    Questions(LLM llm, MeterRegistry meters, @Value("${model}") Path model) {
        this.llm = llm;
        this.meters = meters;
        this.model = model;
    }

    @GetMapping("/ask")
    String ask(@RequestParam String question) {
        meters.counter("host.questions").increment();
        return llm.chat(List.of(Message.user(question))).text();
    }

    @GetMapping("/stream")
    SseEmitter stream(@RequestParam String question) {
        return events(question, SamplingParams.DEFAULT);
    }

    /** An answer that only the end of the model's context ends, or that of the application. */
    @GetMapping("/endless")
    SseEmitter endless(@RequestParam String question) {
        return events(question, SamplingParams.builder().ignoreEos(true).build());
    }

    private SseEmitter events(String question, SamplingParams params) {
        SseEmitter events = new SseEmitter(0L);
        Thread.startVirtualThread(
                () -> {
                    try {
                        llm.streamChat(
                                List.of(Message.user(question)),
                                params,
                                piece -> send(events, Map.of("text", piece)));
                        events.complete();
                    } catch (ClosedException e) {
                        send(events, Map.of("end", e.getMessage()));
                        events.complete();
                    } catch (RuntimeException e) {
                        events.completeWithError(e);
                    }
                });
        return events;
    }

    private static void send(SseEmitter events, Map<String, String> event) {
        try {
            events.send(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The answer of a second copy of Quire in this process. */
    @GetMapping("/second")
    String second(@RequestParam String question) throws Exception {
        return SecondLoader.ask(model, question);
    }

    /** One line through each way that a library may log. */
    @GetMapping("/log")
    void log() {
        java.util.logging.Logger.getLogger(LOG).info("a line of java.util.logging");
        System.getLogger(LOG).log(System.Logger.Level.INFO, "a line of System.Logger");
        LoggerFactory.getLogger(LOG).info("a line of SLF4J");
    }
}
