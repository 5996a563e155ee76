package quire.rest;

import quire.chat.Reading;
import quire.reasoning.ReasoningListener;
import quire.reasoning.ReasoningParser;

/** Counts the tokens of a choice's thought. */
final class ThoughtTokens {

    private static final ReasoningListener NOBODY =
            new ReasoningListener() {
                @Override
                public void reasoning(CharSequence text) {}

                @Override
                public void answer(CharSequence text) {}
            };

    private final ReasoningParser parser;
    private int count;

    ThoughtTokens(Reading.Thoughts thoughts) {
        this.parser = thoughts.format().parser(thoughts.open(), NOBODY);
    }

    /**
     * Takes what became certain.
     *
     * @param numTokens tokens of the choice so far
     */
    void take(String text, int numTokens) {
        boolean thought = parser.isThinking();
        parser.feed(text);
        if (thought || parser.isThinking()) {
            count = numTokens;
        }
    }

    int count() {
        return count;
    }
}
