package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import quire.settings.Kind.Arity;

/** The README's table of flags says what the code does, word for word. */
class ReadmeFlagsTest {

    private static final String HEAD = "| flag | environment | takes | default | what |";

    @Test
    void tableIsTheOneOfTheCode() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("README.md"));
        List<String> table =
                lines.stream()
                        .skip(lines.indexOf(HEAD) + 2)
                        .takeWhile(line -> line.startsWith("|"))
                        .toList();
        List<String> expected = Flags.all().stream().map(ReadmeFlagsTest::row).toList();
        assertEquals(String.join("\n", expected), String.join("\n", table));
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
                + (flag.kind().arity() == Arity.SWITCH ? "" : flag.kind().takes() + " ")
                + "| "
                + flag.defaultWords()
                + " | "
                + flag.help()
                + " |";
    }
}
