package quire.cli.talk;

import java.util.Locale;
import quire.reasoning.ReasoningFormat;
import quire.reasoning.ReasoningListener;
import quire.reasoning.ReasoningParser;

/**
 * Shows one answer while it grows, and keeps its text. A thought that nobody told apart before is
 * told apart here. One thread.
 */
public final class Telling implements AnswerListener, ReasoningListener {

    private static final double NANOS = 1e-9;

    private final Screen screen;
    private final boolean thoughtsAreShown;
    private final ReasoningParser parser;
    private final boolean mayThink;
    private final StringBuilder text = new StringBuilder();
    private final long startNanos = System.nanoTime();
    private long firstNanos;
    private long endNanos;

    /**
     * @param mayThink whether a thought in marks is looked for
     * @param thoughtsAreShown or left out
     */
    public Telling(Screen screen, boolean mayThink, boolean thoughtsAreShown) {
        this.screen = screen;
        this.mayThink = mayThink;
        this.thoughtsAreShown = thoughtsAreShown;
        this.parser = ReasoningFormat.QWEN3.parser(false, this);
    }

    @Override
    public void thought(String piece) {
        begin();
        reasoning(piece);
    }

    @Override
    public void text(String piece) {
        begin();
        if (mayThink) {
            parser.feed(piece);
        } else {
            answer(piece);
        }
    }

    private void begin() {
        if (firstNanos == 0) {
            firstNanos = System.nanoTime();
        }
    }

    @Override
    public void reasoning(CharSequence piece) {
        if (thoughtsAreShown) {
            screen.thought(piece.toString());
        }
    }

    @Override
    public void answer(CharSequence piece) {
        text.append(piece);
        screen.answer(piece.toString());
    }

    /** Nothing more will come. */
    public void end() {
        endNanos = System.nanoTime();
        parser.finish();
        screen.endText();
    }

    /** The answer without its thought. */
    String text() {
        return text.toString();
    }

    /** Tokens and times of the answer, for people. */
    public String figures(Answer answer) {
        if (firstNanos == 0) {
            return String.format(
                    Locale.ROOT, "nothing was said in %.2f s", (endNanos - startNanos) * NANOS);
        }
        double whole = (endNanos - startNanos) * NANOS;
        double speaking = (endNanos - firstNanos) * NANOS;
        // The first token's time is the prompt's.
        String rate =
                answer.numTokens() > 1 && speaking > 0
                        ? String.format(
                                Locale.ROOT, ", %.1f tokens/s", (answer.numTokens() - 1) / speaking)
                        : "";
        return String.format(
                Locale.ROOT,
                "%s in %.2f s%s; the first after %.2f s",
                answer.numTokens() > 0 ? answer.numTokens() + " tokens" : "stopped",
                whole,
                rate,
                (firstNanos - startNanos) * NANOS);
    }
}
