package quire.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static quire.weights.CheckpointContract.assertSays;
import static quire.weights.GgufBytes.ARRAY;
import static quire.weights.GgufBytes.STRING;
import static quire.weights.GgufBytes.UINT32;
import static quire.weights.GgufBytes.int16;
import static quire.weights.GgufBytes.int32;
import static quire.weights.GgufBytes.int64;
import static quire.weights.GgufBytes.string;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.tensor.DType;

/** What GGUF headers say, and how wrong ones are refused. */
class GgufHeaderTest {

    @TempDir Path folder;

    @Test
    void everyMetadataTypeHasItsJavaType() throws IOException {
        GgufBytes out =
                new GgufBytes()
                        .entry("uint8", 0, new byte[] {(byte) 255})
                        .entry("int8", 1, new byte[] {-1})
                        .entry("uint16", 2, int16(65535))
                        .entry("int16", 3, int16(-1))
                        .entry("uint32", 4, int32(-1))
                        .entry("int32", 5, int32(-1))
                        .entry("float32", 6, int32(Float.floatToIntBits(0.1f)))
                        .entry("bool", 7, new byte[] {1})
                        .entry("string", STRING, string("grüße \uD83D\uDE00"))
                        .entry("uint64", 10, int64(Long.MAX_VALUE))
                        .entry("int64", 11, int64(Long.MIN_VALUE))
                        .entry("float64", 12, int64(Double.doubleToLongBits(0.1)));
        try (Checkpoint checkpoint = open(out)) {
            assertEquals(
                    Map.ofEntries(
                            Map.entry("uint8", 255L),
                            Map.entry("int8", -1L),
                            Map.entry("uint16", 65535L),
                            Map.entry("int16", -1L),
                            Map.entry("uint32", 4294967295L),
                            Map.entry("int32", -1L),
                            Map.entry("float32", (double) 0.1f),
                            Map.entry("bool", true),
                            Map.entry("string", "grüße \uD83D\uDE00"),
                            Map.entry("uint64", Long.MAX_VALUE),
                            Map.entry("int64", Long.MIN_VALUE),
                            Map.entry("float64", 0.1)),
                    checkpoint.metadata());
        }
    }

    @Test
    void arraysKeepTheirOrder() throws IOException {
        GgufBytes out =
                new GgufBytes()
                        .array("strings", STRING, 2, string("b"), string(""))
                        .array("ints", 5, 3, int32(3), int32(-1), int32(2))
                        .array("floats", 6, 1, int32(Float.floatToIntBits(-2.5f)))
                        .array("bools", 7, 2, new byte[] {1, 0})
                        .array("none", STRING, 0);
        try (Checkpoint checkpoint = open(out)) {
            Map<String, Object> metadata = checkpoint.metadata();
            assertEquals(List.of("b", ""), metadata.get("strings"));
            assertArrayEquals(new long[] {3, -1, 2}, (long[]) metadata.get("ints"));
            assertArrayEquals(new double[] {-2.5}, (double[]) metadata.get("floats"));
            assertArrayEquals(new boolean[] {true, false}, (boolean[]) metadata.get("bools"));
            assertEquals(List.of(), metadata.get("none"));
            assertThrows(UnsupportedOperationException.class, () -> metadata.put("a", 1L));
        }
    }

    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void typesWithADecoderAreReadAndOthersAreRefusedByName(GgmlType type) throws IOException {
        if (type.dtype().isEmpty()) {
            GgufBytes out = new GgufBytes().tensor("t", type, List.of(256L), new byte[4096]);
            assertRefused(out, "tensor 't' is stored as " + type, "Q8_0");
            return;
        }
        DType dtype = type.dtype().get();
        byte[] bytes = new byte[(int) dtype.rowBytes(512) * 3];
        try (Checkpoint checkpoint =
                open(new GgufBytes().tensor("t", type, List.of(3L, 512L), bytes))) {
            assertEquals(bytes.length, checkpoint.tensor("t").asMatrix().data().byteSize());
        }
        GgufBytes halfABlock =
                new GgufBytes()
                        .info("t", List.of(dtype.blockElements() / 2L, 2L), type.ordinal(), 0)
                        .data(bytes);
        if (dtype.quantised()) {
            assertRefused(halfABlock, "'t'", "no shape of " + dtype);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {41, 1000, -1})
    void unknownTypeIsRefusedByNumber(int type) throws IOException {
        assertRefused(
                new GgufBytes().info("t", List.of(1L), type, 0).data(new byte[64]),
                "'t' has the type " + Integer.toUnsignedString(type));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void versionsTwoAndThreeAreRead(int version) throws IOException {
        open(new GgufBytes().version(version)).close();
    }

    @ParameterizedTest
    @CsvSource({
        "0, version 0",
        "1, version 1",
        "4, version 4",
        "-1, version 4294967295",
        "0x02000000, big-endian",
        "0x03000000, big-endian"
    })
    void otherVersionsAreRefused(String version, String says) throws IOException {
        assertRefused(new GgufBytes().version(Long.decode(version).intValue()), says);
    }

    @Test
    void otherMagicIsNoGguf() throws IOException {
        assertRefused(new GgufBytes().magic(0x67676d6c), "is not a GGUF file");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 64, 4096})
    void alignmentMovesTheData(int alignment) throws IOException {
        byte[] one = int32(Float.floatToIntBits(1.5f));
        GgufBytes out =
                new GgufBytes()
                        .alignment(alignment)
                        .tensor("a", GgmlType.F32, List.of(1L), one)
                        .tensor("b", GgmlType.F32, List.of(1L), one);
        try (Checkpoint checkpoint = open(out)) {
            assertEquals(1.5f, checkpoint.tensor("a").toFloats()[0]);
            assertEquals(1.5f, checkpoint.tensor("b").toFloats()[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 33, Integer.MIN_VALUE, -1})
    void alignmentThatIsNoPowerOfTwoIsRefused(int alignment) throws IOException {
        GgufBytes out = new GgufBytes().entry("general.alignment", UINT32, int32(alignment));
        assertRefused(
                out, "general.alignment", Integer.toUnsignedString(alignment), "power of two");
    }

    @Test
    void alignmentThatIsNoNumberIsRefused() throws IOException {
        assertRefused(
                new GgufBytes().entry("general.alignment", STRING, string("32")), "power of two");
    }

    @Test
    void offsetsStayAlignedInsideAndApart() throws IOException {
        byte[] data = new byte[64];
        open(new GgufBytes().info("a", List.of(8L), 0, 32).info("b", List.of(8L), 0, 0).data(data))
                .close();
        assertRefused(
                new GgufBytes().info("a", List.of(8L), 0, 16).data(data),
                "puts tensor 'a' at 16",
                "multiple of 32");
        assertRefused(
                new GgufBytes().info("a", List.of(8L), 0, -32).data(data),
                "at 18446744073709551584");
        assertRefused(new GgufBytes().info("a", List.of(17L), 0, 0).data(data), "cut short", "'a'");
        assertRefused(new GgufBytes().info("a", List.of(1L), 0, 64).data(data), "cut short", "'a'");
        assertRefused(
                new GgufBytes().info("a", List.of(1L), 0, Long.MAX_VALUE - 31).data(data), "'a'");
        assertRefused(
                new GgufBytes()
                        .info("a", List.of(9L), 0, 0)
                        .info("b", List.of(8L), 0, 32)
                        .data(data),
                "'a' and 'b' overlap");
        assertRefused(
                new GgufBytes()
                        .info("a", List.of(8L), 0, 0)
                        .info("b", List.of(8L), 0, 0)
                        .data(data),
                "overlap");
    }

    @Test
    void shapesThatOverflowAreRefused() throws IOException {
        byte[] data = new byte[64];
        for (List<Long> shape :
                List.of(
                        List.of(-1L),
                        List.of(Long.MAX_VALUE),
                        List.of(1L << 32, 1L << 32),
                        List.of(1L << 62, 1L << 62, 1L << 62, 1L << 62),
                        List.of(-4L, -4L),
                        List.of(1L << 61),
                        List.of(-1L, 0L))) {
            assertRefused(new GgufBytes().info("a", shape, 0, 0).data(data), "'a'");
        }
        open(new GgufBytes().info("a", List.of(Long.MAX_VALUE, 0L), 0, 0).data(data)).close();
        assertRefused(
                new GgufBytes().info("a", List.of(1L, 1L, 1L, 1L, 1L), 0, 0).data(data),
                "5 dimensions",
                "at most 4");
    }

    @Test
    void sameNameTwiceIsRefused() throws IOException {
        assertRefused(
                new GgufBytes()
                        .info("a", List.of(1L), 0, 0)
                        .info("a", List.of(1L), 0, 32)
                        .data(new byte[64]),
                "tensor 'a' twice");
        assertRefused(
                new GgufBytes().entry("k", UINT32, int32(1)).entry("k", UINT32, int32(1)),
                "key 'k' twice");
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 1000, 1L << 31, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void countsThatTheFileCannotHoldAreRefusedBeforeAnythingIsAllocated(long count)
            throws IOException {
        String says = Long.toUnsignedString(count);
        assertRefused(new GgufBytes().numTensors(count), "number of tensors", says);
        assertRefused(new GgufBytes().numEntries(count), "number of metadata entries", says);
        for (int type : new int[] {0, 5, 6, 7, STRING, 12}) {
            assertRefused(new GgufBytes().array("k", type, count, new byte[] {1}), "'k'", says);
        }
        assertRefused(
                new GgufBytes().entry("k", STRING, int64(count), new byte[] {'a'}),
                "length of metadata 'k'",
                says);
    }

    @Test
    void arraysEndAtSixteenMillionElements() throws IOException {
        int most = 1 << 24;
        Path file = folder.resolve("model.gguf");
        for (int count : new int[] {most, most + 1}) {
            byte[] start = new GgufBytes().array("k", 7, count).bytes();
            Files.write(file, start);
            try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
                sparse.setLength(start.length + count);
            }
            if (count > most) {
                assertSays(() -> Checkpoint.open(file).close(), "16777217", "at most 16777216");
            } else {
                try (Checkpoint checkpoint = Checkpoint.open(file)) {
                    assertEquals(most, ((boolean[]) checkpoint.metadata().get("k")).length);
                }
            }
        }
    }

    @Test
    void valuesThatAreNoneAreRefused() throws IOException {
        byte[] padding = new byte[32];
        assertRefused(new GgufBytes().entry("k", 13, padding), "unknown value type 13", "'k'");
        assertRefused(new GgufBytes().entry("k", -1, padding), "unknown value type 4294967295");
        assertRefused(new GgufBytes().array("k", 13, 1, padding), "unknown value type 13");
        assertRefused(new GgufBytes().array("k", ARRAY, 1, int32(5), int64(0)), "array of arrays");
        assertRefused(new GgufBytes().entry("k", 7, new byte[] {2}), "0 or 1");
        assertRefused(new GgufBytes().entry("k", 10, int64(-1)), "18446744073709551615");
    }

    @Test
    void textsThatAreNotUtf8AreBytesAndKeysAreRefused() throws IOException {
        byte[] half = {(byte) 0xc3, 'a'};
        byte[] surrogate = {(byte) 0xed, (byte) 0xa0, (byte) 0x80};
        Path file = folder.resolve("model.gguf");
        Files.write(
                file,
                new GgufBytes()
                        .entry("k", STRING, int64(2), half)
                        .array("l", STRING, 2, int64(3), surrogate, GgufBytes.string("b"))
                        .bytes());
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertArrayEquals(half, (byte[]) checkpoint.metadata().get("k"));
            List<?> list = (List<?>) checkpoint.metadata().get("l");
            assertArrayEquals(surrogate, (byte[]) list.getFirst());
            assertEquals("b", list.getLast());
        }
        byte[] key = new GgufBytes().entry("kk", 7, new byte[1]).bytes();
        key[24 + 8] = half[0];
        Files.write(file, key);
        assertSays(() -> Checkpoint.open(file), "key of metadata entry 0", "UTF-8");
    }

    @Test
    void controlCharactersAndLongNamesStayOutOfMessages() throws IOException {
        String name = "a\n\u001b[31m" + "x".repeat(10_000);
        assertRefused(
                new GgufBytes().info(name, List.of(-1L), 0, 0).data(new byte[32]),
                "a\\u000a\\u001b[31mxxx",
                "...'");
    }

    private Checkpoint open(GgufBytes out) throws IOException {
        return Checkpoint.open(Files.write(folder.resolve("model.gguf"), out.bytes()));
    }

    private void assertRefused(GgufBytes out, String... says) throws IOException {
        Path file = Files.write(folder.resolve("refused.gguf"), out.bytes());
        assertSays(() -> MappedFile.open(file, Arena.global(), GgufHeader::read), says);
        assertSays(() -> Checkpoint.open(file).close(), file.toString());
    }
}
