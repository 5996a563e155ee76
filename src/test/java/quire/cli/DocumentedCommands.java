package quire.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands that README.md and the pages of docs tell people to type. */
final class DocumentedCommands {

    private static final Pattern BLOCK = Pattern.compile("(?s)\n```sh\n(.*?)\n```");
    private static final Pattern INLINE = Pattern.compile("`((?:\\./)?quire [a-z-][^`]*)`");

    /** A word of a shell, with quotes around it or parts of it. */
    private static final Pattern WORD = Pattern.compile("(?:[^\\s'\"]|'[^']*'|\"[^\"]*\")+");

    /** Between two commands, the second of which reads what the first writes. */
    private static final Pattern PIPE =
            Pattern.compile("\\s\\|\\s(?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)");

    /**
     * A command.
     *
     * @param page where it stands
     * @param line as it stands there, on one line, without its comment and what is piped into it
     */
    record Command(Path page, String line) {

        /** Its words, without quotes. */
        List<String> words() {
            return WORD.matcher(line).results().map(found -> unquoted(found.group())).toList();
        }

        private static String unquoted(String word) {
            return word.replaceAll("'([^']*)'|\"([^\"]*)\"", "$1$2");
        }
    }

    private DocumentedCommands() {}

    static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")),
                            docs.filter(file -> file.toString().endsWith(".md")).sorted())
                    .toList();
        }
    }

    /** All of them, page by page. */
    static List<Command> all() throws IOException {
        return pages().stream().flatMap(page -> of(page).stream()).toList();
    }

    private static List<Command> of(Path page) {
        try {
            String text = Files.readString(page);
            List<Command> commands = new ArrayList<>();
            for (MatchResult block : BLOCK.matcher(text).results().toList()) {
                String joined = block.group(1).replaceAll("\\\\\n\\s*", "");
                // A line break within quotes belongs to the word.
                for (String line : joined.split("\n(?=\\S)")) {
                    String bare = line.replaceFirst("\\s+#\\s.*", "").strip();
                    if (!bare.isEmpty() && !bare.startsWith("#")) {
                        PIPE.splitAsStream(bare)
                                .forEach(one -> commands.add(new Command(page, one.strip())));
                    }
                }
            }
            String flat = BLOCK.matcher(text).replaceAll("").replaceAll("\\s+", " ");
            INLINE.matcher(flat)
                    .results()
                    .forEach(found -> commands.add(new Command(page, found.group(1))));
            return commands;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
