package quire.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A GGUF model in three parts, the first without tensors, as llama.cpp's gguf-split can write it.
 */
class SplitGgufCheckpointTest extends CheckpointContract {

    private static final int UINT16 = 2;
    private static final int INT32 = 5;

    @Override
    Path write(Path folder, List<Given> tensors) throws IOException {
        int half = tensors.size() / 2;
        writePart(folder, 0, tensors.size(), List.of());
        writePart(folder, 1, tensors.size(), tensors.subList(0, half));
        writePart(folder, 2, tensors.size(), tensors.subList(half, tensors.size()));
        return folder.resolve(name(0));
    }

    @Override
    Checkpoint.Format format() {
        return Checkpoint.Format.GGUF;
    }

    @Test
    void metadataIsThatOfTheFirstPart() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            assertEquals("part 0", checkpoint.metadata().get("general.name"));
        }
    }

    @Test
    void anyPartOpensThemAll() throws IOException {
        write(folder, GIVEN);
        for (int part = 0; part < 3; part++) {
            try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(name(part)))) {
                assertEquals(GIVEN.size(), checkpoint.names().size());
                assertEquals("part 0", checkpoint.metadata().get("general.name"));
            }
        }
    }

    @Test
    void renamedPartAsksForItsName() throws IOException {
        Path renamed = Files.move(write(folder, GIVEN), folder.resolve("model.gguf"));
        assertSays(() -> Checkpoint.open(renamed), "one of 3 parts", "-of-00003.gguf");
    }

    @Test
    void missingAndSwappedPartsAreRefused() throws IOException {
        Path first = write(folder, GIVEN);
        Path aside = Files.move(folder.resolve(name(1)), folder.resolve("aside"));
        assertSays(() -> Checkpoint.open(first), name(1), "does not exist");
        Files.copy(folder.resolve(name(2)), folder.resolve(name(1)));
        assertSays(() -> Checkpoint.open(first), name(1), "is not part 2 of 3");
        Files.copy(aside, folder.resolve(name(2)), StandardCopyOption.REPLACE_EXISTING);
        assertSays(() -> Checkpoint.open(first), name(1), "is not part 2 of 3");
    }

    @Test
    void partsWithTooFewTensorsAreRefused() throws IOException {
        Path first = write(folder, GIVEN);
        writePart(folder, 2, GIVEN.size(), GIVEN.subList(GIVEN.size() - 1, GIVEN.size()));
        assertSays(() -> Checkpoint.open(first), "has 7 tensors, its parts have 4");
    }

    private static String name(int part) {
        return "model-%05d-of-00003.gguf".formatted(part + 1);
    }

    private static void writePart(Path folder, int part, int total, List<Given> tensors)
            throws IOException {
        GgufBytes out =
                new GgufBytes()
                        .entry("split.no", UINT16, GgufBytes.int16(part))
                        .entry("split.count", UINT16, GgufBytes.int16(3))
                        .entry("split.tensors.count", INT32, GgufBytes.int32(total))
                        .entry("general.name", GgufBytes.STRING, GgufBytes.string("part " + part));
        for (Given given : tensors) {
            out.tensor(
                    given.name(),
                    GgmlType.valueOf(given.dtype().name()),
                    given.shape(),
                    given.bytes());
        }
        Files.write(folder.resolve(name(part)), out.bytes());
    }
}
