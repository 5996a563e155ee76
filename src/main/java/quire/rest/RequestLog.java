package quire.rest;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerArray;
import quire.error.QuireException;
import quire.generation.GenerationOutput;
import quire.sampling.SamplingParams;
import quire.settings.Flags;
import quire.settings.LogFormat;
import quire.settings.RequestLogging;
import quire.settings.Settings;
import quire.tokenizer.Tokenizer;

/**
 * A line for each request that reaches the engine and one for its end, where {@code
 * --enable-log-requests} asks for them; between them those of {@link LoggedAnswer}, where {@code
 * --enable-log-outputs} does. Of a prompt they have as much as {@code --max-log-len} allows, of
 * keys nothing.
 */
final class RequestLog {

    private static final Logger LOGGER = System.getLogger("quire.requests");

    private final RequestLogging asked;
    private final boolean hasFields;

    RequestLog(Settings settings) {
        this.asked = RequestLogging.of(settings);
        this.hasFields = settings.of(Flags.LOG_FORMAT) == LogFormat.JSON;
    }

    /** Tells of a request that is about to be handed in, and listens to what becomes of it. */
    AnswerWatch received(GenerationPlan plan, Tokenizer tokenizer) {
        if (!asked.isOn()) {
            return AnswerWatch.NONE;
        }
        LOGGER.log(Level.INFO, arrival(plan) + prompts(plan, tokenizer));
        return new Entry(
                plan,
                asked.answerChars()
                        .map(
                                chars ->
                                        new LoggedAnswer(
                                                plan.id(), plan.numChoices(), chars, hasFields)));
    }

    private static String arrival(GenerationPlan plan) {
        SamplingParams params = plan.prompts().getFirst().params();
        int numTokens = 0;
        for (int prompt = 0; prompt < plan.prompts().size(); prompt++) {
            numTokens += plan.numPromptTokens(prompt);
        }
        return String.format(
                Locale.ROOT,
                "received %s for %s: %s of %s, %s of at most %s, temperature %s%s",
                plan.id(),
                plan.model(),
                counted(plan.prompts().size(), "prompt"),
                counted(numTokens, "token"),
                counted(plan.numChoices(), "choice"),
                counted(params.maxTokens(), "token"),
                params.temperature(),
                plan.streaming() == GenerationPlan.Streaming.OFF ? "" : ", streamed");
    }

    private String prompts(GenerationPlan plan, Tokenizer tokenizer) {
        int maxChars = asked.promptChars();
        if (maxChars == 0) {
            return "";
        }
        // A token has a character at least, or nearly all have.
        int[] all = plan.prompts().getFirst().promptTokenIds();
        String text = tokenizer.decode(Arrays.copyOf(all, Math.min(all.length, maxChars)), false);
        boolean isCut = text.length() > maxChars || all.length > maxChars;
        return ": " + LogText.quoted(LogText.shortened(text, maxChars)) + (isCut ? "…" : "");
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** One request, whose choices may be told of by several threads. */
    private static final class Entry implements AnswerWatch {

        private final String id;
        private final Optional<LoggedAnswer> answer;
        private final long startNanos = System.nanoTime();
        private final AtomicIntegerArray numTokens;
        private final List<String> reasons = new ArrayList<>();
        private volatile long firstNanos;

        Entry(GenerationPlan plan, Optional<LoggedAnswer> answer) {
            this.id = plan.id();
            this.answer = answer;
            this.numTokens = new AtomicIntegerArray(plan.numChoices());
        }

        @Override
        public void made(int choice, GenerationOutput output) {
            if (firstNanos == 0) {
                firstNanos = System.nanoTime();
            }
            numTokens.set(choice, output.numTokens());
            answer.ifPresent(text -> text.made(choice, output));
            if (output.finishReason().isPresent()) {
                synchronized (reasons) {
                    String reason = output.finishReason().get().wireName();
                    if (!reasons.contains(reason)) {
                        reasons.add(reason);
                    }
                }
            }
        }

        @Override
        public void ended(TokenUsage usage) {
            String how;
            synchronized (reasons) {
                how = String.join(", ", reasons);
            }
            LOGGER.log(
                    Level.INFO,
                    "finished "
                            + id
                            + ": "
                            + how
                            + "; "
                            + counted(usage.numPromptTokens(), "prompt token")
                            + ", "
                            + usage.numCachedTokens()
                            + " of them cached, "
                            + times());
        }

        @Override
        public void abandoned() {
            answer.ifPresent(text -> text.ended("abandoned"));
            LOGGER.log(Level.INFO, "abandoned " + id + ": the client went away; " + times());
        }

        @Override
        public void failed(QuireException error) {
            answer.ifPresent(text -> text.ended("failed"));
            LOGGER.log(
                    Level.INFO,
                    "failed " + id + ": " + error.message(Flags::spelled) + " " + times());
        }

        private String times() {
            int made = 0;
            for (int choice = 0; choice < numTokens.length(); choice++) {
                made += numTokens.get(choice);
            }
            long now = System.nanoTime();
            return counted(made, "token")
                    + (firstNanos == 0 ? "" : ", the first after " + seconds(firstNanos))
                    + ", in all "
                    + seconds(now);
        }

        private String seconds(long untilNanos) {
            return String.format(Locale.ROOT, "%.3f s", (untilNanos - startNanos) / 1e9);
        }
    }
}
