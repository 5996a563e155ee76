package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/clients.md} names a test for everything of each client, and there is each of them.
 */
class ClientsDocumentTest {

    private static final Path DOCUMENT = Path.of("docs/clients.md");
    private static final Path TESTS = Path.of("src/test/java/quire");

    /** A method of a test class, or a part of a program that {@code ClientsIT} runs. */
    private static final Pattern METHOD = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

    private static final Pattern PART = Pattern.compile("`(\\w+\\.(?:py|mjs)) (\\w+)`");

    private static List<List<String>> rows() throws IOException {
        return Files.readAllLines(DOCUMENT).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| client"))
                .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ")))
                .toList();
    }

    @Test
    void noCellIsEmpty() throws IOException {
        assertEquals(12, rows().size());
        for (List<String> row : rows()) {
            assertEquals(7, row.size(), row::toString);
            for (String cell : row.subList(1, row.size())) {
                boolean isNamed = METHOD.matcher(cell).find() || PART.matcher(cell).find();
                boolean isSame = cell.startsWith("the same") && METHOD.matcher(row.get(1)).find();
                assertTrue(isNamed || isSame, row.getFirst() + ": " + cell);
            }
        }
    }

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        String text = Files.readString(DOCUMENT);
        for (MatchResult named : METHOD.matcher(text).results().toList()) {
            String source = source(named.group(1) + ".java");
            assertTrue(source.contains("    void " + named.group(2) + "("), named.group());
        }
    }

    @Test
    void everyPartThatIsNamedIsRun() throws IOException {
        String run = source("ClientsIT.java").replaceAll("\"\\s*\\+\\s*\"", "");
        for (MatchResult named : PART.matcher(Files.readString(DOCUMENT)).results().toList()) {
            List<String> parts =
                    run.lines()
                            .filter(line -> line.contains(", " + named.group(1) + ","))
                            .flatMap(line -> Arrays.stream(line.split("[ \",]+")))
                            .toList();
            assertTrue(parts.contains(named.group(2)), named.group());
        }
    }

    private static String source(String name) throws IOException {
        try (Stream<Path> files = Files.walk(TESTS)) {
            List<Path> found = files.filter(file -> file.endsWith(name)).toList();
            assertFalse(found.isEmpty(), name + " is not here");
            return found.stream().map(ClientsDocumentTest::read).reduce("", String::concat);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
