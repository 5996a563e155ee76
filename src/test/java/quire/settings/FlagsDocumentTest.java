package quire.settings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import quire.WrittenPage;
import quire.settings.Kind.Arity;

/**
 * {@code docs/flags.md} says of the flags what the code does, word for word. With the property
 * {@code quire.docs.write} it is written.
 */
class FlagsDocumentTest {

    private static final Path DOCUMENT = Path.of("docs/flags.md");

    /** Ends what people write; the tables follow. */
    private static final String MARK = "<!-- From here on written by FlagsDocumentTest. -->\n";

    @Test
    void tablesAreThoseOfTheCode() throws IOException {
        WrittenPage.assertEndsWith(DOCUMENT, MARK, tables());
    }

    private static String tables() {
        StringJoiner text = new StringJoiner("\n", "", "\n");
        for (FlagGroup group : FlagGroup.values()) {
            text.add("").add("## " + group.title()).add("");
            text.add(Character.toUpperCase(group.about().charAt(0)) + group.about().substring(1));
            text.add("").add("| flag | environment | `run` | takes | default | what |");
            text.add("|---|---|---|---|---|---|");
            group.flags().forEach(flag -> text.add(row(flag)));
        }
        return text.toString();
    }

    private static String row(Flag<?> flag) {
        String spelled =
                switch (flag.kind().arity()) {
                    case SWITCH -> "`--[no-]" + flag.name() + "`";
                    case ONE, OBJECT -> "`--" + flag.name() + " " + flag.label() + "`";
                    case MANY -> "`--" + flag.name() + " " + flag.label() + "…`";
                };
        return "| "
                + (flag == Flags.MODEL ? "`MODEL`, " : "")
                + spelled
                + " | `"
                + Origin.ENVIRONMENT.spell(flag.name())
                + "` | "
                + (flag.scope() == Scope.ENGINE ? "yes " : "")
                + "| "
                + (flag.kind().arity() == Arity.SWITCH ? "" : flag.kind().takes() + " ")
                + "| "
                + flag.defaultWords()
                + " | "
                + flag.help()
                + " |";
    }
}
