package quire.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import quire.model.Architecture;
import quire.tensor.DType;

/** docs/models.md names what can be served, all of it and nothing else. */
class ModelsDocumentTest {

    /** The words in the second column of a row that are spelled as the code spells them. */
    private static List<String> works(String row, String word) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("docs/models.md"))) {
            String cell =
                    lines.filter(line -> line.startsWith("| " + row + " |"))
                            .findFirst()
                            .orElseThrow()
                            .split("\\|")[2];
            return Pattern.compile(word)
                    .matcher(cell)
                    .results()
                    .map(found -> found.group())
                    .toList();
        }
    }

    @Test
    void architecturesAreThoseOfTheCode() throws IOException {
        assertEquals(
                Arrays.stream(Architecture.values()).map(Architecture::className).toList(),
                works("architectures", "\\w+ForCausalLM"));
    }

    @Test
    void typesOfGgufFilesAreThoseWithADecoder() throws IOException {
        assertEquals(
                Arrays.stream(GgmlType.values())
                        .filter(
                                type ->
                                        type.dtype()
                                                .filter(dtype -> dtype != DType.I32)
                                                .isPresent())
                        .map(Enum::name)
                        .sorted()
                        .toList(),
                works("GGUF", "[A-Z][A-Z0-9_]+").stream().sorted().toList());
    }
}
