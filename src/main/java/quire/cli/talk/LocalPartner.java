package quire.cli.talk;

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

    private final LLM llm;
    private final boolean tellsThoughtsApart;

    /**
     * @param llm closed with this
     * @param tellsThoughtsApart whether it was loaded with a way to do so
     */
    public LocalPartner(LLM llm, boolean tellsThoughtsApart) {
        this.llm = llm;
        this.tellsThoughtsApart = tellsThoughtsApart;
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
                    case Question.Chat chat -> Prompt.chat(chat.conversation());
                    case Question.Text text -> Prompt.text(text.text());
                };
        return new Running(llm.submit(prompt, wishes.params()), opening(question));
    }

    /** The mark before a thought that the prompt has begun, so that its text shows as one. */
    private String opening(Question question) {
        boolean isOpen =
                !tellsThoughtsApart
                        && question instanceof Question.Chat chat
                        && THOUGHTS.isOpen(llm.applyTemplate(chat.conversation()));
        return isOpen ? THOUGHTS.begin() : "";
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
