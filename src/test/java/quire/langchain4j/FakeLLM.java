package quire.langchain4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.Completion;
import quire.LLM;
import quire.LLMException;
import quire.LLMInfo;
import quire.Message;
import quire.PendingCompletion;
import quire.Prompt;
import quire.PromptException;
import quire.SamplingParams;

/** Writes down what it is asked, and answers as it is told. Its tokens are characters. */
final class FakeLLM implements LLM {

    static final String NAME = "fake";

    final List<Prompt> prompts = new ArrayList<>();
    final List<SamplingParams> params = new ArrayList<>();
    Completion answer = Completion.of("Yes.");
    Optional<LLMException> failure = Optional.empty();

    /** Whether its template wants user and assistant in turns. */
    boolean alternates;

    @Override
    public List<PendingCompletion> submitAll(List<Prompt> asked, SamplingParams how) {
        if (failure.isPresent()) {
            throw failure.get();
        }
        prompts.addAll(asked);
        params.add(how);
        return asked.stream().map(prompt -> PendingCompletion.completed(answer)).toList();
    }

    @Override
    public int[] tokenize(Prompt prompt) {
        return new int
                [switch (prompt) {
                    case Prompt.Chat chat -> applyTemplate(chat.conversation()).length();
                    case Prompt.Text text -> text.text().length();
                    case Prompt.Tokens tokens -> tokens.tokenIds().length;
                }];
    }

    @Override
    public String detokenize(int... tokenIds) {
        return ".".repeat(tokenIds.length);
    }

    /** A mark in front of each message, and one at the end. */
    @Override
    public String applyTemplate(List<Message> conversation) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < conversation.size(); i++) {
            if (alternates && conversation.get(i).role().equals("user") != (i % 2 == 0)) {
                throw new PromptException("roles must alternate");
            }
            text.append('>').append(conversation.get(i).text());
        }
        return text.append('>').toString();
    }

    @Override
    public LLMInfo info() {
        return LLMInfo.of(NAME, 100);
    }

    @Override
    public void close() {}
}
