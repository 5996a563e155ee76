package sample;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.inject.Inject;
import java.util.List;
import quire.LLM;
import quire.Message;
import quire.SamplingParams;

/** Asks the sample's bean, and prints what comes of it. */
@QuarkusMain
public class Main implements QuarkusApplication {

    @Inject LLM llm;
    @Inject MeterRegistry registry;

    @Override
    public int run(String... args) {
        print("tokens", registry.get("vllm:generation_tokens").counter().count());
        Message question = Message.user("Name the capital of Iraq.");
        print("answer", llm.chat(List.of(question), SamplingParams.greedy()).text());
        print("cut", llm.chat(List.of(question), SamplingParams.greedy(3)).text());
        print("answers", registry.get("vllm:e2e_request_latency").timer().count());
        return 0;
    }

    private static void print(String what, Object value) {
        System.out.println("> " + what + ": " + value);
    }
}
