package quire.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import quire.settings.Flag;
import quire.settings.FlagGroup;
import quire.settings.Flags;
import quire.settings.Origin;
import quire.settings.Spelling;

/**
 * The help of {@code quire serve}, asked as vLLM is: alone it names the groups of flags, {@code
 * --help=GROUP} lists one, {@code --help=WORD} the flags that have the word in their name, {@code
 * --help=all} everything.
 */
final class ServeHelp {

    /** Of a line that names flags, before the next begins. */
    private static final int WIDTH = 96;

    private static final int INDENT = 4;

    private final CommandSpec spec;

    ServeHelp(CommandSpec spec) {
        this.spec = spec;
    }

    /**
     * Prints what was asked for.
     *
     * @param topic a group, a flag or a part of one, {@code all}, {@code listgroup}, or empty
     * @return whether there is such a topic; if not, nothing is printed
     */
    boolean print(String topic, PrintWriter out) {
        String wanted = topic.strip().toLowerCase(Locale.ROOT).replace('_', '-');
        if (wanted.isEmpty() || wanted.equals("listgroup")) {
            groups(out);
            return true;
        }
        if (wanted.equals("all")) {
            spec.commandLine().usage(out);
            return true;
        }
        Optional<FlagGroup> group = FlagGroup.find(wanted);
        if (group.isPresent()) {
            out.println(group.get().title() + ": " + group.get().about());
            list(group.get().flags(), out);
            return true;
        }
        String part = wanted.replaceFirst("^(--?)?(no-)?", "");
        List<Flag<?>> matched =
                Flags.all().stream().filter(flag -> flag.name().contains(part)).toList();
        if (part.isEmpty() || matched.isEmpty()) {
            return false;
        }
        list(matched, out);
        return true;
    }

    /** What is said of a topic that there is not. */
    static String unknown(String topic) {
        List<String> words =
                Stream.concat(
                                Arrays.stream(FlagGroup.values())
                                        .map(group -> group.title().toLowerCase(Locale.ROOT)),
                                Flags.all().stream().map(Flag::name))
                        .toList();
        String name = topic.replaceFirst("^--?", "").replace('_', '-');
        Optional<String> refusal = Flags.refusal(name, Origin.COMMAND_LINE.spell(name));
        if (refusal.isPresent()) {
            return refusal.get();
        }
        String near =
                Spelling.nearest(topic.toLowerCase(Locale.ROOT), words)
                        .map(word -> FlagGroup.find(word).map(FlagGroup::title).orElse(word))
                        .map(word -> Spelling.guess("--help=" + word))
                        .orElse("; 'quire serve --help' names the groups");
        return "no group and no flag has '" + topic + "' in its name" + near;
    }

    private void groups(PrintWriter out) {
        out.println("Usage: quire serve [MODEL] [FLAG]...");
        out.println(String.join("", spec.usageMessage().description()));
        for (FlagGroup group : FlagGroup.values()) {
            out.println();
            out.println(group.title() + ": " + group.about());
            out.println(
                    wrapped(
                            group.flags().stream()
                                    .map(flag -> Origin.COMMAND_LINE.spell(flag.name()))
                                    .toList()));
        }
        out.println();
        out.println("quire serve --help=all            every flag, what it takes, its default");
        out.println("quire serve --help=CacheConfig    those of a group");
        out.println("quire serve --help=max-num        those with that in their name");
        out.println(String.join("", spec.usageMessage().footer()));
    }

    private static String wrapped(List<String> words) {
        StringBuilder text = new StringBuilder();
        int column = WIDTH;
        for (String word : words) {
            if (column + 1 + word.length() > WIDTH) {
                text.append(text.isEmpty() ? "" : System.lineSeparator());
                text.append(" ".repeat(INDENT)).append(word);
                column = INDENT + word.length();
            } else {
                text.append(' ').append(word);
                column += 1 + word.length();
            }
        }
        return text.toString();
    }

    private void list(List<Flag<?>> flags, PrintWriter out) {
        Set<String> names =
                flags.stream()
                        .map(flag -> Origin.COMMAND_LINE.spell(flag.name()))
                        .collect(Collectors.toSet());
        CommandLine command = spec.commandLine();
        List<OptionSpec> options =
                spec.options().stream()
                        .filter(option -> names.contains(option.longestName()))
                        .toList();
        Help help = new Help(spec, command.getColorScheme());
        out.print(help.optionListExcludingGroups(options));
    }
}
