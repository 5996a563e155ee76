package quire.gpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import quire.Backend;
import quire.ElementType;
import quire.LLM;
import quire.LLMBuilder;
import quire.Message;
import quire.SamplingParams;
import quire.e2e.AnswerKey;

/**
 * The whole engine with the demo model, as a Java program embeds it: questions that the model was
 * graded on when its training ended, and texts drawn with seeds, which have to be the same however
 * the engine runs.
 */
final class AnswersStage implements Stage.Work {
    private static final int AT_ONCE = 32;
    private static final int MAX_TOKENS = 96;

    /** Of so few questions so many may fall the other way by rounding. */
    private static final int SPARE = 2;

    private Bench bench;
    private AnswerKey key;
    private List<AnswerKey.Question> questions;

    @Override
    public void run(Bench theBench) throws Exception {
        bench = theBench;
        key = AnswerKey.in(bench.model(""));
        questions = key.some(bench.tiny() ? 6 : 200);
        Map<String, List<String>> greedy = new LinkedHashMap<>();
        Map<String, List<String>> drawn = new LinkedHashMap<>();
        for (Map.Entry<String, LLMBuilder> way : ways().entrySet()) {
            try (LLM llm = way.getValue().load()) {
                bench.report().fact(way.getKey() + ", computed by", llm.info().backend());
                greedy.put(way.getKey(), answers(llm, way.getKey()));
                drawn.put(way.getKey(), together(llm, draws(), AnswersStage::draw));
            }
        }
        same("greedy answers", greedy);
        same("texts drawn with seeds", drawn);
    }

    /** The ways in which an engine can run. */
    private Map<String, LLMBuilder> ways() {
        Map<String, LLMBuilder> ways = new LinkedHashMap<>();
        for (boolean eager : new boolean[] {false, true}) {
            for (boolean ahead : new boolean[] {true, false}) {
                String name =
                        (eager ? "eager, " : "graphs, ") + (ahead ? "two" : "one") + " in flight";
                ways.put(name, options().enforceEager(eager).asyncScheduling(ahead));
            }
        }
        return ways;
    }

    private LLMBuilder options() {
        return LLM.builder(bench.model("quire-demo"))
                .backend(Backend.CUDA)
                .dtype(ElementType.BFLOAT16)
                .contextLength(256)
                .maxSequences(AT_ONCE)
                .maxBatchedTokens(256)
                .kvCacheBytes(32L << 20)
                .threads(1)
                .deterministic(true);
    }

    /** Asks all questions, so many at once that prompts and answers share steps. */
    private List<String> answers(LLM llm, String way) throws Exception {
        long begun = System.nanoTime();
        List<String> answers = together(llm, questions, AnswersStage::answer);
        double seconds = (System.nanoTime() - begun) / 1e9;
        int right = 0;
        for (int i = 0; i < answers.size(); i++) {
            right += questions.get(i).answers().contains(answers.get(i).strip()) ? 1 : 0;
        }
        double expected = key.expected(questions);
        bench.report().telling("right, " + way, right, "", "of " + answers.size() + " questions");
        bench.report()
                .check(
                        questions.size() + " questions, " + way,
                        right >= expected - SPARE,
                        right
                                + " right, "
                                + Report.number(expected)
                                + " after training; "
                                + Report.number(seconds)
                                + " s");
        return answers;
    }

    /** One question or one draw. */
    private interface Asked<T> {
        String of(LLM llm, T what);
    }

    private static <T> List<String> together(LLM llm, List<T> all, Asked<T> asked)
            throws InterruptedException, ExecutionException {
        List<String> texts = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<String>> futures = new ArrayList<>();
            for (T one : all) {
                futures.add(threads.submit(() -> asked.of(llm, one)));
            }
            for (Future<String> future : futures) {
                texts.add(future.get());
            }
        }
        return texts;
    }

    private static String answer(LLM llm, AnswerKey.Question question) {
        return chat(llm, question.text(), SamplingParams.greedy(MAX_TOKENS));
    }

    /**
     * A text drawn at a temperature of 1.
     *
     * @param seed of the draw
     */
    private record Draw(String question, long seed) {}

    private List<Draw> draws() {
        List<Draw> draws = new ArrayList<>();
        for (int i = 0; i < (bench.tiny() ? 3 : 64); i++) {
            draws.add(new Draw(questions.get(i % questions.size()).text(), i));
        }
        return draws;
    }

    private static String draw(LLM llm, Draw draw) {
        SamplingParams params =
                SamplingParams.builder()
                        .maxTokens(MAX_TOKENS)
                        .temperature(1)
                        .topP(0.95)
                        .seed(draw.seed)
                        .build();
        return chat(llm, draw.question, params);
    }

    private static String chat(LLM llm, String question, SamplingParams params) {
        return llm.chat(List.of(Message.user(question)), params).text();
    }

    /** Holds the texts of each way against those of the first. */
    private void same(String what, Map<String, List<String>> texts) {
        String first = texts.keySet().iterator().next();
        texts.forEach(
                (way, of) -> {
                    if (!way.equals(first)) {
                        int others = 0;
                        for (int i = 0; i < of.size(); i++) {
                            others += of.get(i).equals(texts.get(first).get(i)) ? 0 : 1;
                        }
                        String note = others + " of " + of.size() + " differ";
                        bench.report().check(what + ": " + way + " as " + first, others == 0, note);
                    }
                });
    }
}
