package quire.cli.talk;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import quire.LLMException;
import quire.Message;
import quire.error.ConfigurationException;
import quire.error.QuireException;

/** A user who types and a model that answers, until one of them has enough. One thread. */
public final class Session {

    /** What Ollama has in front of a parameter's name, behind {@code /set}. */
    private static final String OLLAMAS = "^(?i)parameter\\s+";

    private static final Pattern IN_QUOTES = Pattern.compile("^\"([^\"]*)\"$");

    private static final String QUOTES = "\"\"\"";

    private final Partner partner;
    private final Input input;
    private final Screen screen;
    private final Consumer<String> figures;
    private final boolean converses;
    private final Conversation conversation;
    private Wishes wishes;

    /**
     * @param opening what the conversation begins with
     * @param figures hears after each answer what it took
     */
    public Session(
            Partner partner,
            Input input,
            Screen screen,
            Opening opening,
            Consumer<String> figures) {
        this.partner = partner;
        this.input = input;
        this.screen = screen;
        this.figures = figures;
        this.converses = opening.converses();
        this.conversation = new Conversation(opening.system());
        this.wishes = opening.wishes();
    }

    /** Goes on until the user ends it. */
    public void run() {
        screen.line(partner.model() + "; /help lists the commands, /bye ends");
        Optional<String> typed = input.read();
        while (typed.isPresent() && react(typed.get())) {
            typed = input.read();
        }
    }

    /** Whether to go on. */
    private boolean react(String typed) {
        String text = typed.strip();
        try {
            if (text.startsWith("/")) {
                return obey(text);
            }
            String question = unquoted(text);
            if (!question.isBlank()) {
                answer(question);
            }
        } catch (QuireException | LLMException | PartnerException e) {
            String sentence = Sentences.of(e);
            // Servers say it in words of their own, and the same word is in all of them.
            boolean isFull = conversation.size() > 0 && sentence.contains("context");
            screen.line(isFull ? sentence + " /clear forgets what was said." : sentence);
        }
        return true;
    }

    private static String unquoted(String text) {
        if (!text.startsWith(QUOTES)) {
            return text;
        }
        String inside = text.substring(QUOTES.length());
        return inside.endsWith(QUOTES)
                ? inside.substring(0, inside.length() - QUOTES.length()).strip()
                : inside.strip();
    }

    private void answer(String question) {
        Message asked = Message.user(question);
        Question whole =
                converses
                        ? new Question.Chat(conversation.with(asked))
                        : new Question.Text(question);
        Telling telling = new Telling(screen, converses, true);
        Answer answer;
        Asked running = partner.ask(whole, wishes);
        try {
            Input.Answering time = input.answering(running::stop);
            try (time) {
                answer = running.await(telling);
            }
        } finally {
            telling.end();
        }
        if (answer.stopped()) {
            screen.line("(stopped)");
        } else if (answer.cut()) {
            screen.line("(cut: /set max_tokens allows more, and /clear makes room)");
        }
        if (converses && !telling.text().isEmpty()) {
            conversation.add(asked);
            conversation.add(Message.assistant(telling.text()));
        }
        figures.accept(telling.figures(answer));
    }

    private boolean obey(String line) {
        String[] words = line.split("\\s+", 2);
        SlashCommand command = SlashCommand.named(words[0], converses);
        String rest = words.length < 2 ? "" : words[1].strip();
        switch (command) {
            case SET -> set(rest);
            case SYSTEM -> system(rest);
            case CLEAR -> {
                conversation.clear();
                screen.line("Forgotten.");
            }
            case SAVE -> {
                file(command, rest).save(partner.model(), conversation.messages());
                screen.line(conversation.size() + " messages written to " + rest);
            }
            case LOAD -> {
                conversation.replace(file(command, rest).load());
                screen.line(conversation.size() + " messages read from " + rest);
            }
            case HELP -> screen.line(SlashCommand.help(converses));
            case BYE -> {
                return false;
            }
        }
        return true;
    }

    private void set(String rest) {
        String[] words = rest.replaceFirst(OLLAMAS, "").split("[\\s=]+", 2);
        if (rest.isEmpty()) {
            screen.line(wishes.toString());
        } else if (converses && words[0].equalsIgnoreCase("system")) {
            system(words.length < 2 ? "" : words[1].strip());
        } else if (words.length < 2 || words[1].isBlank()) {
            Wish wish = Wish.named(words[0]);
            screen.line(
                    wishes.values().containsKey(wish)
                            ? wish.wireName() + " " + wishes.values().get(wish)
                            : wish.wireName() + " is not set");
        } else {
            Wishes asked = wishes.with(words[0], words[1].strip());
            partner.check(asked);
            wishes = asked;
        }
    }

    private void system(String rest) {
        String text =
                rest.startsWith(QUOTES)
                        ? unquoted(rest)
                        : IN_QUOTES.matcher(rest).replaceFirst("$1");
        if (rest.isEmpty()) {
            screen.line(conversation.system().orElse("The model is told nothing."));
        } else {
            conversation.setSystem(text.isEmpty() ? Optional.empty() : Optional.of(text));
        }
    }

    private static ConversationFile file(SlashCommand command, String rest) {
        if (rest.isEmpty()) {
            throw new ConfigurationException(
                    command.typed() + " takes a file, such as " + command.typed() + " chat.json");
        }
        return new ConversationFile(rest);
    }
}
