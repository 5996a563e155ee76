package quire.cli.talk;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import quire.error.ConfigurationException;
import quire.settings.Elsewhere;
import quire.settings.Given;
import quire.settings.Spelling;

/** What a line that begins with a slash may say. */
enum SlashCommand {
    SET("NAME VALUE", "a parameter of the answers, such as temperature 0.2", false),
    SYSTEM("TEXT", "what the model is told before the conversation; \"\" for nothing", true),
    CLEAR("", "forgets what was said", true),
    SAVE("FILE", "writes the conversation as JSON", true),
    LOAD("FILE", "goes on with a conversation from such a file", true),
    HELP("", "this list", false, "/?"),
    BYE("", "ends, as does Ctrl-D", false, "/exit", "/quit");

    private final String takes;
    private final String help;
    private final boolean ofConversations;

    /** As other programs call it. */
    private final List<String> elsewhere;

    SlashCommand(String takes, String help, boolean ofConversations, String... elsewhere) {
        this.takes = takes;
        this.help = help;
        this.ofConversations = ofConversations;
        this.elsewhere = List.of(elsewhere);
    }

    String typed() {
        return "/" + name().toLowerCase(Locale.ROOT);
    }

    private static Stream<SlashCommand> all(boolean conversation) {
        return Arrays.stream(values()).filter(one -> conversation || !one.ofConversations);
    }

    /** The commands as they are typed. */
    static List<String> typed(boolean conversation) {
        return all(conversation).map(SlashCommand::typed).toList();
    }

    static String help(boolean conversation) {
        String commands =
                all(conversation)
                        .map(one -> "%-18s %s\n".formatted(one.typed() + " " + one.takes, one.help))
                        .collect(Collectors.joining());
        return commands
                + "\"\"\"                begins and ends a text of several lines\n"
                + "Ctrl-C             stops an answer, and clears the line while you type";
    }

    /**
     * The command that was typed.
     *
     * @throws ConfigurationException if there is none such, with the nearest one
     */
    static SlashCommand named(String word, boolean conversation) {
        String typed = word.toLowerCase(Locale.ROOT);
        return all(conversation)
                .filter(one -> one.typed().equals(typed) || one.elsewhere.contains(typed))
                .findFirst()
                .orElseThrow(() -> unknown(word, conversation));
    }

    private static ConfigurationException unknown(String word, boolean conversation) {
        Optional<String> instead = Elsewhere.instead(Elsewhere.TALKS, word);
        if (instead.isPresent()) {
            return new ConfigurationException(
                    "there is no command " + word + " here; " + instead.get());
        }
        List<String> known = typed(conversation);
        return new ConfigurationException(
                "there is no command '"
                        + new Given("", List.of(word)).shown()
                        + "'"
                        + Spelling.nearest(word, known).map(Spelling::guess).orElse(".")
                        + " Known are "
                        + String.join(", ", known)
                        + "; a text that begins with a slash goes between \"\"\"");
    }
}
