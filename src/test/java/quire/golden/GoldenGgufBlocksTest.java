package quire.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/** The scalar decoders against gguf-py: every stored type, equal to the bit. */
class GoldenGgufBlocksTest {

    private static final Path FOLDER = GoldenData.golden().resolve("gguf-blocks");

    @TestFactory
    List<DynamicTest> decodesToTheSameFloats() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Checkpoint expected =
                        Checkpoint.openSafetensors(FOLDER.resolve("expected.safetensors"));
                Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".bin")).sorted().toList()) {
                String type = file.getFileName().toString().replace(".bin", "");
                float[] floats = expected.tensor(type).toFloats();
                byte[] blocks = Files.readAllBytes(file);
                tests.add(
                        DynamicTest.dynamicTest(
                                type, () -> checkEqual(DType.valueOf(type), blocks, floats)));
            }
            assertEquals(expected.names().size(), tests.size(), "a .bin for each expected tensor");
        }
        assertFalse(tests.isEmpty(), "no blocks in " + FOLDER);
        return tests;
    }

    private static void checkEqual(DType dtype, byte[] blocks, float[] expected) {
        assertEquals(dtype.rowBytes(expected.length), blocks.length);
        float[] decoded = new float[expected.length];
        BlockDecoder.decode(dtype, MemorySegment.ofArray(blocks), 0, decoded, 0, decoded.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(
                    Float.floatToIntBits(expected[i]),
                    Float.floatToIntBits(decoded[i]),
                    dtype + " element " + i + ": " + expected[i] + " expected, was " + decoded[i]);
        }
    }
}
