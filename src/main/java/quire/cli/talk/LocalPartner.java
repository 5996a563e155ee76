package quire.cli.talk;

import java.util.Arrays;
import java.util.Map;
import quire.Completion;
import quire.CompletionCancelledException;
import quire.FinishReason;
import quire.LLM;
import quire.PendingCompletion;
import quire.Prompt;
import quire.reasoning.ReasoningFormat;

/** A model in this process. */
public final class LocalPartner implements Partner {

    /** Of all formats, the marks are the same. */
    private static final ReasoningFormat THOUGHTS = ReasoningFormat.QWEN3;

    /** Of a prompt, enough for a mark and what is blank behind it. */
    private static final int END_TOKENS = 32;

    private final LLM llm;
    private final boolean tellsThoughtsApart;
    private final Map<String, Object> templateVariables;

    /**
     * @param llm closed with this
     * @param tellsThoughtsApart whether it was loaded with a way to do so
     * @param templateVariables for the chat template
     */
    public LocalPartner(
            LLM llm, boolean tellsThoughtsApart, Map<String, Object> templateVariables) {
        this.llm = llm;
        this.tellsThoughtsApart = tellsThoughtsApart;
        this.templateVariables = templateVariables;
    }

    @Override
    public String model() {
        return llm.info().name();
    }

    @Override
    public void check(Wishes wishes) {
        wishes.params();
    }

    @Override
    public Asked ask(Question question, Wishes wishes) {
        Prompt prompt =
                switch (question) {
                    case Question.Chat chat -> Prompt.chat(chat.conversation(), templateVariables);
                    case Question.Text text -> Prompt.text(text.text());
                };
        return new Running(llm.submit(prompt, wishes.params()), opening(prompt));
    }

    /** The mark before a thought that the prompt has begun, so that its text shows as one. */
    private String opening(Prompt prompt) {
        if (tellsThoughtsApart || !(prompt instanceof Prompt.Chat)) {
            return "";
        }
        int[] tokens = llm.tokenize(prompt);
        int end = Math.max(0, tokens.length - END_TOKENS);
        String text = llm.detokenize(Arrays.copyOfRange(tokens, end, tokens.length));
        return THOUGHTS.isOpen(text) ? THOUGHTS.begin() : "";
    }

    @Override
    public void close() {
        llm.close();
    }

    private record Running(PendingCompletion pending, String opening) implements Asked {

        @Override
        public Answer await(AnswerListener listener) {
            try {
                String[] before = {opening};
                Completion completion =
                        pending.await(
                                piece -> {
                                    listener.text(before[0] + piece);
                                    before[0] = "";
                                },
                                listener::thought);
                return new Answer(
                        completion.usage().numCompletionTokens(),
                        false,
                        completion.finishReason() == FinishReason.LENGTH);
            } catch (CompletionCancelledException e) {
                return new Answer(0, true, false);
            }
        }

        @Override
        public void stop() {
            pending.cancel();
        }
    }
}
