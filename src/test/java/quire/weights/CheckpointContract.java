package quire.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.error.UnavailableException;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** What every kind of checkpoint does, whatever its files look like. */
abstract class CheckpointContract {

    /** A tensor to be written: values that all three floating types hold exactly. */
    record Given(String name, DType dtype, List<Long> shape, float[] values) {

        byte[] bytes() {
            ByteBuffer out =
                    ByteBuffer.allocate((int) dtype.rowBytes(values.length))
                            .order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                switch (dtype) {
                    case F32 -> out.putFloat(value);
                    case F16 -> out.putShort(Float.floatToFloat16(value));
                    case BF16 -> out.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                    default -> throw new IllegalArgumentException(dtype.name());
                }
            }
            return out.array();
        }
    }

    static final List<Given> GIVEN =
            List.of(
                    given("embed.weight", DType.BF16, 5, 3),
                    given("layer.0.norm.weight", DType.F32, 7),
                    given("layer.0.up.weight", DType.F16, 2, 8),
                    given("layer.0.experts.weight", DType.F32, 3, 2, 4),
                    given("scalar", DType.F32),
                    given("nothing", DType.F32, 4, 0),
                    given("layer.1.norm.weight", DType.BF16, 1));

    @TempDir Path folder;

    /** Writes the tensors in that order and returns the path that opens them. */
    abstract Path write(Path folder, List<Given> tensors) throws IOException;

    abstract Checkpoint.Format format();

    @Test
    void tensorsComeInTheOrderOfTheFile() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            List<String> names = GIVEN.stream().map(Given::name).toList();
            assertEquals(names, List.copyOf(checkpoint.names()));
            assertEquals(format(), checkpoint.format());
        }
    }

    @Test
    void anInterruptIsNotBlamedOnTheFile() throws IOException {
        Path healthy = write(folder, GIVEN);
        Thread.currentThread().interrupt();
        String sentence =
                assertThrows(UnavailableException.class, () -> Checkpoint.open(healthy))
                        .getMessage();
        assertTrue(Thread.interrupted(), "the interrupt is lost");
        assertEquals("loading was interrupted", sentence);
        Checkpoint.open(healthy).close();
    }

    @Test
    void typeShapeAndValuesComeBackAsWritten() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            for (Given given : GIVEN) {
                CheckpointTensor tensor = checkpoint.tensor(given.name);
                assertEquals(given.dtype, tensor.dtype(), given.name);
                assertEquals(given.shape, tensor.shape(), given.name);
                assertEquals(given.values.length, tensor.numElements(), given.name);
                assertArrayEquals(given.values, tensor.toFloats(), given.name);
                assertEquals(
                        -1,
                        tensor.data().mismatch(MemorySegment.ofArray(given.bytes())),
                        given.name);
            }
            long bytes = GIVEN.stream().mapToLong(given -> given.bytes().length).sum();
            assertEquals(bytes, checkpoint.sizeBytes());
        }
    }

    @Test
    void matrixHasTheLastDimensionAsColumns() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            Tensor matrix = checkpoint.tensor("embed.weight").asMatrix();
            assertEquals(5, matrix.rows());
            assertEquals(3, matrix.columns());
            assertEquals(7, checkpoint.tensor("layer.0.norm.weight").asVector().columns());
            assertEquals(1, checkpoint.tensor("layer.1.norm.weight").asVector().columns());
            assertEquals(0, checkpoint.tensor("nothing").asMatrix().columns());
        }
    }

    @Test
    void wrongShapeIsRefusedByName() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            CheckpointTensor embed = checkpoint.tensor("embed.weight");
            assertSays(embed::asVector, "embed.weight", "[5, 3]", "vector");
            CheckpointTensor norm = checkpoint.tensor("layer.0.norm.weight");
            assertSays(norm::asMatrix, "layer.0.norm.weight", "[7]", "matrix");
        }
    }

    @Test
    void missingTensorIsRefusedWithTheClosestNames() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            assertEquals(Optional.empty(), checkpoint.find("layer.2.norm.weight"));
            assertTrue(checkpoint.find("layer.1.norm.weight").isPresent());
            assertSays(
                    () -> checkpoint.tensor("layer.2.norm.weight"),
                    "no tensor 'layer.2.norm.weight'",
                    "'layer.1.norm.weight'",
                    checkpoint.path().toString());
            assertSays(() -> checkpoint.tensor("a.name.unlike.any.other.in.the.file"), "no tensor");
            assertSays(() -> checkpoint.tensor("model.up.weight"), "'layer.0.up.weight'");
        }
    }

    @Test
    void floatsAreNotIntegers() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN))) {
            assertSays(() -> checkpoint.tensor("embed.weight").toInts(), "BF16", "I32");
        }
    }

    @Test
    void dataIsReadOnlyAndEndsWithTheCheckpoint() throws IOException {
        Checkpoint checkpoint = Checkpoint.open(write(folder, GIVEN));
        CheckpointTensor tensor = checkpoint.tensor("embed.weight");
        assertTrue(tensor.data().isReadOnly());
        checkpoint.close();
        checkpoint.close();
        assertThrows(
                IllegalStateException.class, () -> tensor.data().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void fileCutShortAnywhereIsRefusedByItsName() throws IOException {
        Path path = write(folder, GIVEN.stream().filter(given -> given.values.length > 0).toList());
        for (Path file : weightFiles()) {
            byte[] whole = Files.readAllBytes(file);
            for (int length = 0; length < whole.length; length++) {
                Files.write(file, Arrays.copyOf(whole, length));
                CheckpointException refusal =
                        assertThrows(
                                CheckpointException.class,
                                () -> Checkpoint.open(path).close(),
                                file + " cut to " + length + " of " + whole.length);
                assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
            }
            Files.write(file, whole);
        }
    }

    @Test
    void linksAreFollowedAsInTheHubCache() throws IOException {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        Path written = write(plain, GIVEN);
        Path blobs = Files.createDirectory(folder.resolve("blobs"));
        Path snapshot = Files.createDirectories(folder.resolve("snapshots/abc"));
        int number = 0;
        try (Stream<Path> files = Files.list(plain)) {
            for (Path file : files.sorted().toList()) {
                Path blob = Files.move(file, blobs.resolve("blob" + number++));
                Files.createSymbolicLink(
                        snapshot.resolve(file.getFileName()),
                        Path.of("../../blobs").resolve(blob.getFileName()));
            }
        }
        Path opened = snapshot.resolve(plain.relativize(written));
        try (Checkpoint checkpoint = Checkpoint.open(opened)) {
            assertEquals(GIVEN.size(), checkpoint.names().size());
        }
        Files.delete(blobs.resolve("blob" + (number - 1)));
        assertSays(() -> Checkpoint.open(opened).close(), "does not exist, or is a link");
    }

    @Test
    void gitLfsPointerAndEmptyFileAreNamedAsSuch() throws IOException {
        Path path = write(folder, GIVEN);
        for (Path file : weightFiles()) {
            byte[] whole = Files.readAllBytes(file);
            Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");
            assertSays(() -> Checkpoint.open(path).close(), file.toString(), "git lfs pull");
            Files.write(file, new byte[0]);
            assertSays(() -> Checkpoint.open(path).close(), file.toString(), "empty");
            Files.write(file, whole);
        }
    }

    static void assertSays(Executable action, String... parts) {
        String message = assertThrows(CheckpointException.class, action).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
        }
        assertTrue(message.endsWith("."), () -> "not a sentence: " + message);
    }

    private List<Path> weightFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.toString().endsWith("config.json")).sorted().toList();
        }
    }

    private static Given given(String name, DType dtype, long... shape) {
        int count = 1;
        for (long dimension : shape) {
            count *= (int) dimension;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (i % 2 == 0 ? 1 : -1) * (i + 0.5f);
        }
        return new Given(name, dtype, Arrays.stream(shape).boxed().toList(), values);
    }
}
