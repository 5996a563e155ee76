package quire.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import quire.cli.talk.CommandLineText;
import quire.cli.talk.OneAnswer;
import quire.cli.talk.Opening;
import quire.cli.talk.Partner;
import quire.cli.talk.Screen;
import quire.cli.talk.Session;
import quire.cli.talk.Streams;
import quire.cli.talk.TerminalInput;
import quire.cli.talk.Wishes;

/** What commands have in common in which a user asks and a model answers. */
final class TalkOptions {

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Option(
            names = {"-q", "--quick"},
            paramLabel = "TEXT",
            description = "print the answer to this, and end")
    String question;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "a parameter of the answers, such as temperature=0.2; may be given again")
    List<String> settings = List.of();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "the same as --set max_tokens=N")
    String maxTokens;

    @Option(
            names = "--verbose",
            description = "say on standard error after each answer what it took")
    boolean verbose;

    @Option(names = "--no-history", description = "keep no typed lines in a file")
    boolean noHistory;

    /**
     * Prints one answer where there is a question, else talks until the user ends it.
     *
     * @param words of a question, beside that of {@code -q}
     * @param partner made when it is known that there is something to ask
     */
    int run(boolean converses, String system, List<String> words, Supplier<Partner> partner) {
        // What is wrong is said in a sentence; what is well is nobody's concern here.
        Logger.getLogger("").setLevel(Level.OFF);
        List<String> asked = new ArrayList<>(words);
        if (question != null) {
            asked.add(question);
        }
        Opening opening =
                new Opening(
                        converses, Optional.ofNullable(system).map(CommandLineText::of), wishes());
        Optional<String> text = OneAnswer.question(asked);
        if (text.isEmpty() && Streams.input() != Streams.TERMINAL) {
            throw new ParameterException(
                    spec.commandLine(),
                    "there is no question, and no terminal to ask for one; give it as -q TEXT or"
                            + " through a pipe");
        }
        try (Partner answering = partner.get()) {
            answering.check(opening.wishes());
            if (text.isPresent()) {
                OneAnswer.print(answering, opening, text.get(), figures());
            } else {
                talk(answering, opening);
            }
        }
        return 0;
    }

    private void talk(Partner partner, Opening opening) {
        try (TerminalInput input = TerminalInput.open(opening.converses(), history())) {
            Screen screen = new Screen(input.writer(), true);
            new Session(partner, input, screen, opening, figures()).run();
        }
    }

    private Wishes wishes() {
        List<String> all = new ArrayList<>(settings);
        if (maxTokens != null) {
            all.add("max_tokens=" + maxTokens);
        }
        return Wishes.of(all);
    }

    private Consumer<String> figures() {
        PrintWriter err = spec.commandLine().getErr();
        return text -> {
            if (verbose) {
                err.println(text);
                err.flush();
            }
        };
    }

    private Optional<Path> history() {
        Map<String, String> environment = System.getenv();
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path folder =
                state.startsWith("/")
                        ? Path.of(state)
                        : Path.of(System.getProperty("user.home"), ".local", "state");
        return noHistory ? Optional.empty() : Optional.of(folder.resolve("quire/history"));
    }
}
