import java.nio.file.Path;
import java.util.List;
import quire.LLM;
import quire.Message;
import quire.SamplingParams;

class Sample {
    public static void main(String[] args) {
        try (LLM llm = LLM.load(Path.of("models/quire-demo"))) {
            SamplingParams params = SamplingParams.greedy(24);
            llm.generate(List.of("Once upon a time", "The capital of France is"), params)
                    .forEach(completion -> System.out.println(completion.text()));
            List<Message> chat = List.of(Message.user("What is the capital of France?"));
            System.out.println(llm.chat(chat, params).text());
            llm.stream("Once upon a time", params, System.out::print);
        }
    }
}
