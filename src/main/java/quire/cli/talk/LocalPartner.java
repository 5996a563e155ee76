package quire.cli.talk;

import quire.Completion;
import quire.CompletionCancelledException;
import quire.FinishReason;
import quire.LLM;
import quire.PendingCompletion;
import quire.Prompt;

/** A model in this process. */
public final class LocalPartner implements Partner {

    private final LLM llm;

    /**
     * @param llm closed with this
     */
    public LocalPartner(LLM llm) {
        this.llm = llm;
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
        return new Running(llm.submit(prompt, wishes.params()));
    }

    @Override
    public void close() {
        llm.close();
    }

    private record Running(PendingCompletion pending) implements Asked {

        @Override
        public Answer await(AnswerListener listener) {
            try {
                Completion completion = pending.await(listener::text, listener::thought);
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
