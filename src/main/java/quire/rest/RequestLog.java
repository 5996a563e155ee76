package quire.rest;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicIntegerArray;
import quire.error.QuireException;
import quire.generation.GenerationOutput;
import quire.sampling.SamplingParams;
import quire.settings.Flags;
import quire.settings.Settings;
import quire.tokenizer.Tokenizer;

/**
 * A line for each request that reaches the engine and one for its end, where {@code
 * --enable-log-requests} asks for them. Of a prompt they have as much as {@code --max-log-len}
 * allows, of answers nothing, of keys nothing.
 */
final class RequestLog {

    private static final Logger LOGGER = System.getLogger("quire.requests");

    private final boolean enabled;
    private final int promptChars;

    RequestLog(Settings settings) {
        this.enabled = settings.of(Flags.ENABLE_LOG_REQUESTS);
        this.promptChars = settings.of(Flags.MAX_LOG_LEN);
    }

    /** Tells of a request that is about to be handed in, and listens to what becomes of it. */
    AnswerWatch received(GenerationPlan plan, Tokenizer tokenizer) {
        if (!enabled) {
            return AnswerWatch.NONE;
        }
        LOGGER.log(Level.INFO, arrival(plan) + prompts(plan, tokenizer));
        return new Entry(plan);
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
        if (promptChars == 0) {
            return "";
        }
        // A token has a character at least, or nearly all have.
        int[] all = plan.prompts().getFirst().promptTokenIds();
        String text =
                tokenizer.decode(Arrays.copyOf(all, Math.min(all.length, promptChars)), false);
        boolean isCut = text.length() > promptChars || all.length > promptChars;
        int end = Math.min(text.length(), promptChars);
        if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
            end--;
        }
        return ": \"" + onOneLine(text.substring(0, end)) + "\"" + (isCut ? "…" : "");
    }

    /** Nobody's prompt begins a line of the log or speaks to a terminal. */
    private static String onOneLine(String text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '"', '\\' -> line.append('\\').append(c);
                default -> {
                    boolean breaks = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
                    line.append(breaks ? String.format("\\u%04x", (int) c) : c);
                }
            }
        }
        return line.toString();
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** One request, whose choices may be told of by several threads. */
    private static final class Entry implements AnswerWatch {

        private final String id;
        private final long startNanos = System.nanoTime();
        private final AtomicIntegerArray numTokens;
        private final List<String> reasons = new ArrayList<>();
        private volatile long firstNanos;

        Entry(GenerationPlan plan) {
            this.id = plan.id();
            this.numTokens = new AtomicIntegerArray(plan.numChoices());
        }

        @Override
        public void made(int choice, GenerationOutput output) {
            if (firstNanos == 0) {
                firstNanos = System.nanoTime();
            }
            numTokens.set(choice, output.numTokens());
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
            LOGGER.log(Level.INFO, "abandoned " + id + ": the client went away; " + times());
        }

        @Override
        public void failed(QuireException error) {
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
