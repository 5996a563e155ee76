package quire.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.weights.CheckpointContract.assertSays;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.golden.GoldenData;

/** What safetensors headers say, and how wrong ones are refused. */
class SafetensorsHeaderTest {

    private static final String A =
            "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
    private static final byte[] EIGHT = {0, 0, 0, 0, 0, 0, -128, 63};

    @TempDir Path folder;

    @Test
    void headerPaddedWithSpacesOrNotIsRead() throws IOException {
        for (String padding : List.of("", " ", "       ")) {
            try (Checkpoint checkpoint = open("{" + A + "}" + padding, EIGHT)) {
                assertArrayEquals(new float[] {0, 1}, checkpoint.tensor("a").toFloats());
            }
        }
    }

    @Test
    void tensorsMayBeListedInAnyOrder() throws IOException {
        String b =
                "\"b\":{\"data_offsets\":[8,12],\"shape\":[],\"extra\":{\"x\":[1]},"
                        + "\"dtype\":\"I32\"}";
        byte[] data = {0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0};
        try (Checkpoint checkpoint = open("{" + b + "," + A + "}", data)) {
            assertEquals(List.of("a", "b"), List.copyOf(checkpoint.names()));
            assertArrayEquals(new int[] {42}, checkpoint.tensor("b").toInts());
            assertSays(() -> checkpoint.tensor("b").toFloats(), "'b' holds integers");
        }
    }

    @Test
    void metadataIsStringsOrNothing() throws IOException {
        try (Checkpoint checkpoint =
                open("{\"__metadata__\":{\"format\":\"pt\"}," + A + "}", EIGHT)) {
            assertEquals(Map.of("format", "pt"), checkpoint.metadata());
        }
        open("{\"__metadata__\":null," + A + "}", EIGHT).close();
        open("{\"__metadata__\":{\"only\":\"this\"}}", new byte[0]).close();
        open("{}", new byte[0]).close();
        assertRefused("{\"__metadata__\":{\"n\":1}," + A + "}", EIGHT, "string of metadata");
        assertRefused("{\"__metadata__\":[]," + A + "}", EIGHT, "__metadata__");
    }

    @ParameterizedTest
    @EnumSource(SafetensorsType.class)
    void everyTypeIsListedAndOnlySomeAreComputedWith(SafetensorsType type) throws IOException {
        byte[] data = new byte[type.bits() * 16 / 8];
        String header =
                "{\"t\":{\"dtype\":\"%s\",\"shape\":[2,8],\"data_offsets\":[0,%d]}}"
                        .formatted(type, data.length);
        try (Checkpoint checkpoint = open(header, data)) {
            CheckpointTensor tensor = checkpoint.tensor("t");
            assertEquals(type.name(), tensor.typeName());
            if (type.dtype().isPresent()) {
                assertEquals(type.dtype().get(), tensor.asMatrix().dtype());
            } else {
                assertSays(tensor::asMatrix, "'t' is stored as " + type, "BF16");
                assertSays(tensor::toFloats, "'t' is stored as " + type);
            }
        }
    }

    @Test
    void halfABytePerElementIsCountedInBits() throws IOException {
        open("{\"t\":{\"dtype\":\"F4\",\"shape\":[2,3],\"data_offsets\":[0,3]}}", new byte[3])
                .close();
        assertRefused(
                "{\"t\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}",
                new byte[2],
                "no shape of F4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                " {}",
                "{}x",
                "{}{}",
                "{,}",
                "{\"a\":1}",
                "{\"a\":[]}",
                "{\"a\":{}}",
                "{\"a\":null}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
                "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,16]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],"
                        + "\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],"
                        + "\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551618],"
                        + "\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999999999999999999],"
                        + "\"data_offsets\":[0,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":"
                        + "[-9223372036854775808,9223372036854775807]}}"
            })
    void brokenHeaderIsRefused(String header) throws IOException {
        assertRefused(header, EIGHT);
    }

    @Test
    void nameOrFieldTwiceIsRefused() throws IOException {
        assertRefused("{" + A + "," + A + "}", EIGHT, "Duplicate");
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],"
                        + "\"data_offsets\":[0,8]}}",
                EIGHT,
                "Duplicate");
    }

    @Test
    void everyByteBelongsToExactlyOneTensor() throws IOException {
        String two =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%d,%d]}}";
        open(two.formatted(4, 8), EIGHT).close();
        assertRefused(two.formatted(3, 7), EIGHT, "'b' starts at 3", "ends at 4");
        assertRefused(two.formatted(0, 4), EIGHT, "'b' starts at 0", "ends at 4");
        assertRefused(two.formatted(5, 9), new byte[9], "'b' starts at 5", "ends at 4");
        assertRefused(two.formatted(4, 8), new byte[9], "1 bytes after its last tensor");
        assertRefused(two.formatted(4, 8), new byte[7], "cut short", "'b' ends at 8");
        assertRefused(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]}}", EIGHT, "'a'");
    }

    @Test
    void headerThatIsNotUtf8IsRefused() throws IOException {
        byte[] header = ("{" + A + "}").getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xff;
        Path file = folder.resolve("f.safetensors");
        Files.write(file, SafetensorsBytes.file(header, EIGHT));
        assertSays(() -> Checkpoint.openSafetensors(file).close(), file.toString(), "UTF-8");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 91, 100_000_000, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void lengthThatTheFileDoesNotHaveIsRefused(long length) throws IOException {
        byte[] bytes = SafetensorsBytes.file("{" + A + "}", EIGHT);
        System.arraycopy(GgufBytes.int64(length), 0, bytes, 0, 8);
        Path file = Files.write(folder.resolve("f.safetensors"), bytes);
        assertSays(() -> Checkpoint.openSafetensors(file).close(), file.toString());
    }

    @Test
    void headerOfAHundredMegabytesIsRefusedUnread() throws IOException {
        Path file = folder.resolve("f.safetensors");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(GgufBytes.int64(100_000_000));
            sparse.setLength(200_000_000);
        }
        assertSays(
                () -> Checkpoint.openSafetensors(file).close(), "has 100000000 bytes", "allowed");
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        String deep = "[".repeat(10_000) + "]".repeat(10_000);
        assertRefused("{\"a\":{\"x\":" + deep + "}}", EIGHT, "depth");
    }

    @Test
    void goldenCheckpointsOpen() throws IOException {
        Path checkpoints = GoldenData.golden().resolve("checkpoints");
        try (Stream<Path> folders = Files.list(checkpoints)) {
            // Of what no model runs yet the configuration alone is kept.
            for (Path path :
                    folders.filter(one -> Files.exists(one.resolve("expected.safetensors")))
                            .toList()) {
                try (Checkpoint checkpoint = Checkpoint.open(path);
                        Checkpoint expected =
                                Checkpoint.openSafetensors(path.resolve("expected.safetensors"))) {
                    assertTrue(
                            checkpoint.find("model.embed_tokens.weight").isPresent(),
                            path.toString());
                    assertTrue(expected.tensor("prompt.0").toInts().length > 0);
                }
            }
        }
    }

    private Checkpoint open(String header, byte[] data) throws IOException {
        return Checkpoint.openSafetensors(
                Files.write(folder.resolve("f.safetensors"), SafetensorsBytes.file(header, data)));
    }

    private void assertRefused(String header, byte[] data, String... says) throws IOException {
        Path file = folder.resolve("refused.safetensors");
        Files.write(file, SafetensorsBytes.file(header, data));
        assertSays(() -> Checkpoint.openSafetensors(file).close(), file.toString());
        assertSays(() -> Checkpoint.openSafetensors(file).close(), says);
    }
}
