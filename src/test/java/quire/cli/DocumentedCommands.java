package quire.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /** What the tests do with a command. */
    enum Way {
        /** It ends by itself and reads nothing that is not here. */
        ALONE,
        /** It is about a model, for which the demo model stands in. */
        WITH_MODEL,
        /** It asks the server of the test. */
        REQUEST,
        /** It is understood, and what it names is there; {@link #ONLY_READ} says why no more. */
        ONLY_READ
    }

    /** Commands that no test of documentation runs, with the reason. The first that fits counts. */
    private static final Map<Pattern, String> ONLY_READ = onlyRead();

    private static Map<Pattern, String> onlyRead() {
        Map<Pattern, String> reasons = new LinkedHashMap<>();
        reasons.put(
                Pattern.compile("(\\./mvnw|\\.ci/|tools/|sh kernels-cpu/).*"),
                "it builds or tests all this; the tests of a run are within it");
        reasons.put(
                Pattern.compile("(bench/fetch-|npm |python3 ).*"), "it fetches from other places");
        reasons.put(Pattern.compile("docker .*"), "it wants Docker, and builds for minutes");
        reasons.put(Pattern.compile("git .*"), "it is not ours");
        reasons.put(Pattern.compile("docs/samples/java/run"), "SamplesIT runs it");
        reasons.put(Pattern.compile(".*quire serve --backend cuda --emulate"), "EmulatedCardIT");
        reasons.put(Pattern.compile(".*quire serve .*--gpu-memory-.*"), "it wants a card");
        reasons.put(
                Pattern.compile(".*quire bench (grammars.*|target/.*)"),
                "it wants what other commands fetch, and takes minutes");
        reasons.put(
                Pattern.compile("quire [a-z]+|quire serve --config .*"),
                "a sentence speaks of the command, or of a file of the reader's");
        return reasons;
    }

    private static final Set<String> OF_MODELS =
            Set.of("pull", "show", "plan", "run", "chat", "complete", "serve", "bench", "rm");

    private DocumentedCommands() {}

    /** What the tests do with it; nothing for a command that nobody thought of. */
    static Optional<Way> way(Command command) {
        List<String> words = command.words();
        boolean ours = words.getFirst().matches("(\\./)?quire");
        String verb = ours && words.size() > 1 ? words.get(1) : "";
        if (ours && needsNothing(words)) {
            return Optional.of(Way.ALONE);
        }
        if (words.getFirst().equals("curl")) {
            return Optional.of(Way.REQUEST);
        }
        if (ONLY_READ.keySet().stream().anyMatch(kind -> kind.matcher(command.line()).matches())) {
            return Optional.of(Way.ONLY_READ);
        }
        return OF_MODELS.contains(verb) ? Optional.of(Way.WITH_MODEL) : Optional.empty();
    }

    private static boolean needsNothing(List<String> words) {
        return words.size() > 1
                        && Set.of("help", "--help", "--version", "completion", "list")
                                .contains(words.get(1))
                || words.contains("--table")
                || words.stream().anyMatch(word -> word.startsWith("--help"));
    }

    /** Those of that way, each once. */
    static List<Command> of(Way way) throws IOException {
        Map<String, Command> byLine = new LinkedHashMap<>();
        for (Command command : all()) {
            if (way(command).equals(Optional.of(way))) {
                byLine.putIfAbsent(command.line().replaceFirst("^\\./", ""), command);
            }
        }
        return List.copyOf(byLine.values());
    }

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
