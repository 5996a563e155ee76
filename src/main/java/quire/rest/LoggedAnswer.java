package quire.rest;

import static java.util.logging.Level.INFO;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import quire.generation.GenerationOutput;

/**
 * What is generated for one request, for the log: a line for each choice when it ends, streamed or
 * not, with thoughts and calls as the model wrote them.
 */
final class LoggedAnswer {

    private static final String NAME = "quire.requests";

    /** Which lets lines have fields. */
    private static final Logger LOGGER = Logger.getLogger(NAME);

    /** One choice; whoever looks at it holds its lock. */
    private static final class Choice {
        final StringBuilder text = new StringBuilder();
        boolean isTold;
    }

    private final String id;
    private final int maxChars;
    private final boolean hasFields;
    private final List<Choice> choices = new ArrayList<>();

    /**
     * @param id of the answer
     * @param maxChars of a choice that are logged
     * @param hasFields whether lines have fields, in one of which the text is then
     */
    LoggedAnswer(String id, int numChoices, int maxChars, boolean hasFields) {
        this.id = id;
        this.maxChars = maxChars;
        this.hasFields = hasFields;
        for (int choice = 0; choice < numChoices; choice++) {
            choices.add(new Choice());
        }
    }

    void made(int index, GenerationOutput output) {
        Choice choice = choices.get(index);
        synchronized (choice) {
            // One more than is shown, by which it is known to go on.
            int room = maxChars + 1 - choice.text.length();
            String text = output.text();
            choice.text.append(text, 0, Math.min(room, text.length()));
            output.finishReason().ifPresent(reason -> tell(index, choice, reason.wireName()));
        }
    }

    /** Tells of choices that will not go on. */
    void ended(String how) {
        for (int index = 0; index < choices.size(); index++) {
            Choice choice = choices.get(index);
            synchronized (choice) {
                if (!choice.isTold && !choice.text.isEmpty()) {
                    tell(index, choice, how);
                }
            }
        }
    }

    private void tell(int index, Choice choice, String reason) {
        choice.isTold = true;
        String line = "generated " + id + ", choice " + index + ": " + reason;
        String text = LogText.shortened(choice.text.toString(), maxChars);
        String more = choice.text.length() > text.length() ? "…" : "";
        if (!hasFields) {
            boolean isShown = maxChars > 0;
            LOGGER.log(INFO, line + (isShown ? ", " + LogText.quoted(text) + more : ""));
            return;
        }
        ExtLogRecord fields = new ExtLogRecord(INFO, line, NAME);
        fields.putMdc("id", id);
        fields.putMdc("choice", Integer.toString(index));
        fields.putMdc("finish_reason", reason);
        if (maxChars > 0) {
            fields.putMdc("text", LogText.cleaned(text) + more);
        }
        LOGGER.log(fields);
    }
}
