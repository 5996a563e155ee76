package quire.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import quire.engine.LlmEngine;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.sampling.SamplingParams;
import quire.scheduler.SchedulerStats;

/** Measures an engine in this process, the way {@code bench/peer.mjs} measures llama.cpp. */
final class EngineBench {

    private static final double NANOS = 1e-9;
    private static final int SHORT_PROMPT = 16;
    private static final int MIXED_REQUESTS = 16;
    private static final int USUAL_GAPS = 32;

    private final LlmEngine engine;
    private final int promptTokens;
    private final int decodeTokens;
    private final int batch;
    private final Random random = new Random(1);

    EngineBench(LlmEngine engine, int promptTokens, int decodeTokens, int batch) {
        this.engine = engine;
        this.promptTokens = promptTokens;
        this.decodeTokens = decodeTokens;
        this.batch = batch;
    }

    /** The best of so many runs of each figure, after one that does not count. */
    Rates rates(int repetitions) {
        once();
        Rates best = once();
        for (int i = 1; i < repetitions; i++) {
            best = best.best(once());
        }
        return best;
    }

    private Rates once() {
        return new Rates(prefill(), decode(1), decode(batch));
    }

    private double prefill() {
        Clock clock = run(List.of(prompt(promptTokens)), 1);
        return promptTokens / ((clock.firstNanos - clock.startNanos) * NANOS);
    }

    private double decode(int sequences) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < sequences; i++) {
            prompts.add(prompt(SHORT_PROMPT));
        }
        Clock clock = run(prompts, decodeTokens + 1);
        return (double) sequences
                * decodeTokens
                / ((clock.lastNanos - clock.allStartedNanos) * NANOS);
    }

    /**
     * Share of KV slots that sequences hold without a token in them, averaged over the steps of a
     * load of prompts of 32 to 1,024 tokens and answers of 32 to 256.
     */
    double kvWaste() {
        int longest = Math.min(1024, engine.info().maxModelLength() / 2);
        Waste waste = new Waste(engine);
        List<Clock> clocks = new ArrayList<>();
        for (int i = 0; i < MIXED_REQUESTS; i++) {
            int[] prompt = prompt(32 + random.nextInt(longest - 32));
            int answer =
                    32
                            + random.nextInt(
                                    Math.min(
                                            224,
                                            engine.info().maxModelLength() - prompt.length - 32));
            Clock clock = new Clock(1, waste);
            clocks.add(clock);
            engine.submit(request(prompt, answer), clock, Integer.MAX_VALUE);
        }
        clocks.forEach(Clock::await);
        return waste.average();
    }

    /**
     * A stream while a long prompt is computed beside it.
     *
     * @param promptTokens length of that prompt
     * @param aloneRate tokens per second of such a prompt alone
     * @param besideRate and beside the stream
     * @param tokenMillis usual time between two tokens of the stream, before the prompt came
     * @param longestGapMillis longest one while the prompt was computed
     */
    record Beside(
            int promptTokens,
            double aloneRate,
            double besideRate,
            double tokenMillis,
            double longestGapMillis) {}

    /** The median, by its longest gap, of an odd number of runs. */
    Beside beside(int longPrompt, int repetitions) {
        int length = Math.min(longPrompt, engine.info().maxModelLength() - 1);
        List<Beside> runs = new ArrayList<>();
        for (int i = 0; i < repetitions; i++) {
            runs.add(besideOnce(length));
        }
        runs.sort(Comparator.comparingDouble(Beside::longestGapMillis));
        return runs.get(runs.size() / 2);
    }

    private Beside besideOnce(int length) {
        Clock alone = run(List.of(prompt(length)), 1);
        Gaps gaps = new Gaps();
        int most = engine.info().maxModelLength() - SHORT_PROMPT;
        Generation stream =
                engine.submit(request(prompt(SHORT_PROMPT), most), gaps, Integer.MAX_VALUE);
        gaps.await(USUAL_GAPS);
        double usual = gaps.median();
        gaps.forget();
        Clock beside = run(List.of(prompt(length)), 1);
        double longest = gaps.longest();
        stream.cancel();
        return new Beside(
                length,
                length / ((alone.firstNanos - alone.startNanos) * NANOS),
                length / ((beside.firstNanos - beside.startNanos) * NANOS),
                usual * NANOS * 1e3,
                longest * NANOS * 1e3);
    }

    private Clock run(List<int[]> prompts, int maxTokens) {
        Clock clock = new Clock(prompts.size(), new Waste(engine));
        List<Generation> generations = new ArrayList<>();
        prompts.forEach(
                prompt ->
                        generations.add(
                                engine.submit(
                                        request(prompt, maxTokens), clock, Integer.MAX_VALUE)));
        clock.await();
        return clock;
    }

    private static GenerationRequest request(int[] prompt, int maxTokens) {
        SamplingParams params =
                SamplingParams.greedy(maxTokens).toBuilder().ignoreEos(true).build();
        return new GenerationRequest("bench", prompt, params);
    }

    private int[] prompt(int length) {
        int vocabSize = engine.info().vocabSize();
        int lowest = Math.min(100, vocabSize / 2);
        int range = Math.min(1900, vocabSize - lowest);
        return random.ints(length, lowest, lowest + range).toArray();
    }

    /** Takes the times of some sequences that run together. */
    private static final class Clock extends AwaitedAnswers {

        private final Waste waste;
        private final long startNanos = System.nanoTime();
        private int toStart;
        private long firstNanos;
        private long allStartedNanos;
        private long lastNanos;

        Clock(int sequences, Waste waste) {
            super(sequences);
            this.waste = waste;
            this.toStart = sequences;
        }

        @Override
        void look(GenerationOutput output) {
            lastNanos = System.nanoTime();
            firstNanos = firstNanos == 0 ? lastNanos : firstNanos;
            waste.look();
            if (output.numTokens() == 1 && --toStart == 0) {
                allStartedNanos = lastNanos;
            }
        }
    }

    /** Listens to a stream for the times between its tokens. */
    private static final class Gaps implements GenerationListener {

        private final List<Long> nanos = new ArrayList<>();
        private long lastNanos;
        private QuireException failure;

        @Override
        public synchronized void onOutput(GenerationOutput output) {
            long now = System.nanoTime();
            if (lastNanos != 0) {
                nanos.add(now - lastNanos);
            }
            lastNanos = now;
            notifyAll();
        }

        @Override
        public synchronized void onError(QuireException error) {
            failure = error;
            notifyAll();
        }

        synchronized void await(int count) {
            try {
                while (nanos.size() < count && failure == null) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (failure != null) {
                throw failure;
            }
        }

        synchronized void forget() {
            nanos.clear();
        }

        synchronized double median() {
            return nanos.stream().sorted().skip(nanos.size() / 2).findFirst().orElse(0L);
        }

        synchronized double longest() {
            return nanos.stream().max(Comparator.naturalOrder()).orElse(0L);
        }
    }

    /** Averages, over steps, how much of the held KV cache is empty. */
    private static final class Waste {

        private final LlmEngine engine;
        private long lastStep = -1;
        private double sum;
        private int looks;

        Waste(LlmEngine engine) {
            this.engine = engine;
        }

        void look() {
            SchedulerStats stats = engine.stats();
            if (engine.numSteps() == lastStep || stats.numHeldSlots() == 0) {
                return;
            }
            lastStep = engine.numSteps();
            sum += 1 - (double) stats.numStoredTokens() / stats.numHeldSlots();
            looks++;
        }

        double average() {
            return looks == 0 ? 0 : sum / looks;
        }
    }
}
