package quire.settings;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Words that users of other programs bring along, each with what to do here: the table {@code
 * elsewhere.txt}, of which {@code docs/words.md} is made.
 */
public final class Elsewhere {

    /** Where commands are typed. */
    public static final String COMMANDS = "quire";

    /** Where a conversation in a terminal takes commands. */
    public static final String TALKS = "a conversation";

    /** What is typed in the place of a model. */
    public static final String MODELS = "MODEL";

    /**
     * Words of another program that have one answer.
     *
     * @param program that has them
     * @param where they are typed: {@link #COMMANDS}, {@link #MODELS}, {@link #TALKS}, or behind a
     *     command
     * @param words as they are typed, dashes and all
     * @param what continues the sentence that the word begins; {@code {}} is the command
     */
    public record Row(String program, List<String> where, List<String> words, String what) {

        public Row {
            where = List.copyOf(where);
            words = List.copyOf(words);
        }
    }

    private static final String TABLE = "elsewhere.txt";
    private static final int COLUMNS = 3;

    /** Read when somebody has mistyped something, and not before. */
    private static final class Rows {
        static final List<Row> ALL = read();
    }

    private Elsewhere() {}

    /** The whole table, in its order. */
    public static List<Row> rows() {
        return Rows.ALL;
    }

    /**
     * What to do instead.
     *
     * @param where the word was typed: a command, {@link #COMMANDS}, {@link #MODELS} or {@link
     *     #TALKS}
     * @param word with or without dashes in front
     * @return what continues the sentence that the word begins
     */
    public static Optional<String> instead(String where, String word) {
        String bare = bare(word);
        return rows().stream()
                .filter(row -> row.where.contains(where))
                .filter(row -> row.words.stream().anyMatch(each -> bare(each).equals(bare)))
                .findFirst()
                .map(row -> row.what.replace("{}", where));
    }

    private static String bare(String word) {
        return word.replaceFirst("^--?", "");
    }

    private static List<Row> read() {
        List<Row> rows = new ArrayList<>();
        String program = "";
        try (InputStream in = Elsewhere.class.getResourceAsStream(TABLE);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("[")) {
                    program = line.substring(1, line.length() - 1);
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    rows.add(row(program, line));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(TABLE, e);
        }
        return List.copyOf(rows);
    }

    private static Row row(String program, String line) {
        String[] columns = line.split(" \\| ", COLUMNS);
        if (columns.length != COLUMNS) {
            throw new IllegalStateException(TABLE + ": " + line);
        }
        return new Row(program, words(columns[0]), words(columns[1]), columns[2]);
    }

    private static List<String> words(String column) {
        return Arrays.asList(column.split(", "));
    }
}
