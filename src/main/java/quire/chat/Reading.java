package quire.chat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import quire.generation.AnswerForm;
import quire.generation.ThoughtLimit;
import quire.grammar.constraint.Constraint;
import quire.reasoning.ReasoningFormat;
import quire.tokenizer.Tokenizer;

/**
 * How a choice of a chat is read.
 *
 * @param thoughts how its thought is told from its answer; empty where both are text
 * @param tools how calls in the answer are read; empty where they are text
 */
public record Reading(Optional<Thoughts> thoughts, Optional<ToolUse> tools) {

    /** Everything is text. */
    public static final Reading PLAIN = new Reading(Optional.empty(), Optional.empty());

    /**
     * What is known of thoughts.
     *
     * @param format how the model writes them
     * @param open whether the prompt ends within one
     * @param shown whether the client gets them
     */
    public record Thoughts(ReasoningFormat format, boolean open, boolean shown) {

        /** Tokens at the end of a prompt that may be the beginning of a thought. */
        private static final int TAIL = 32;

        /**
         * Of answers to a prompt.
         *
         * @param prompt as the chat template rendered it
         */
        public static Thoughts behind(String prompt, ReasoningFormat format, boolean shown) {
            return new Thoughts(format, format.isOpen(prompt), shown);
        }

        /**
         * Of answers to a prompt.
         *
         * @param prompt its token ids
         */
        public static Thoughts behind(int[] prompt, ReasoningFormat format, Tokenizer tokenizer) {
            int from = Math.max(0, prompt.length - TAIL);
            String tail = tokenizer.decode(Arrays.copyOfRange(prompt, from, prompt.length), false);
            return behind(tail, format, true);
        }

        /**
         * How long the thought before an answer may be.
         *
         * @param maxTokens of it, from 0
         */
        public ThoughtLimit limit(int maxTokens, Tokenizer tokenizer) {
            int[] begin = open ? new int[0] : tokenizer.encode(format.begin(), false);
            return new ThoughtLimit(maxTokens, begin, tokenizer.encode(format.end(), false));
        }
    }

    public boolean isPlain() {
        return thoughts.isEmpty() && tools.isEmpty();
    }

    /** What stands around thoughts and calls, and is text even where it is a special token. */
    public List<String> markers() {
        return Stream.concat(
                        thoughts.stream().flatMap(known -> known.format().markers().stream()),
                        tools.stream().flatMap(use -> use.markers().stream()))
                .toList();
    }

    /** Those that are tokens of their own. */
    public int[] markerIds(Tokenizer tokenizer) {
        return markers().stream().map(tokenizer::id).flatMapToInt(OptionalInt::stream).toArray();
    }

    /**
     * What an answer is to be begins where its thought has ended, if it has one.
     *
     * @param prompt as the chat template rendered it
     */
    public AnswerForm behindThought(AnswerForm form, String prompt, Tokenizer tokenizer) {
        if (thoughts.isEmpty()) {
            return form;
        }
        ReasoningFormat format = thoughts.get().format();
        if (thoughts.get().open()) {
            return new AnswerForm(
                    form.param(),
                    new Constraint.AfterThought(form.constraint()),
                    ids(format.end(), tokenizer));
        }
        return format.isClosed(prompt)
                ? form
                : new AnswerForm(
                        form.param(),
                        new Constraint.BehindThought(
                                format.begin(), format.end(), form.constraint()));
    }

    /** Those of a mark, which is a token of its own where models were trained to make it. */
    private static int[] ids(String mark, Tokenizer tokenizer) {
        OptionalInt id = tokenizer.id(mark);
        return id.isPresent() ? new int[] {id.getAsInt()} : tokenizer.encode(mark, false);
    }
}
