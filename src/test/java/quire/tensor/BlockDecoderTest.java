package quire.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ranges, places and conversions of the decoders; their values are held to golden data elsewhere.
 */
class BlockDecoderTest {

    private static final long SEED = 11;

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "I32")
    void anyRangeOfBlocksAtAnyAddressDecodesToTheSame(DType dtype) {
        int unit = dtype.blockElements();
        byte[] blocks = randomBlocks(dtype, 9);
        float[] whole = new float[9 * unit];
        BlockDecoder.decode(dtype, MemorySegment.ofArray(blocks), 0, whole, 0, whole.length);
        try (Arena arena = Arena.ofConfined()) {
            for (int shift = 0; shift < 3; shift++) {
                MemorySegment moved = arena.allocate(blocks.length + shift);
                MemorySegment.copy(MemorySegment.ofArray(blocks), 0, moved, shift, blocks.length);
                for (int first = 0; first < 9; first += 4) {
                    int count = (9 - first) * unit;
                    float[] part = new float[count + 2];
                    Arrays.fill(part, 42);
                    BlockDecoder.decode(
                            dtype,
                            moved,
                            shift + dtype.rowBytes((long) first * unit),
                            part,
                            1,
                            count);
                    assertEquals(42, part[0]);
                    assertEquals(42, part[count + 1]);
                    assertArrayEquals(
                            Arrays.copyOfRange(whole, first * unit, 9 * unit),
                            Arrays.copyOfRange(part, 1, count + 1),
                            dtype + " seed " + SEED);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "I32")
    void rangesOutsideTheirMemoryAreRefused(DType dtype) {
        int unit = dtype.blockElements();
        MemorySegment two = MemorySegment.ofArray(randomBlocks(dtype, 2));
        float[] dst = new float[3 * unit];
        BlockDecoder.decode(dtype, two, 0, dst, unit, 2 * unit);
        BlockDecoder.decode(dtype, two, two.byteSize(), dst, 3 * unit, 0);
        Class<IndexOutOfBoundsException> outside = IndexOutOfBoundsException.class;
        assertThrows(outside, () -> BlockDecoder.decode(dtype, two, 0, dst, 0, 3 * unit));
        assertThrows(outside, () -> BlockDecoder.decode(dtype, two, 1, dst, 0, 2 * unit));
        assertThrows(outside, () -> BlockDecoder.decode(dtype, two, -1, dst, 0, unit));
        assertThrows(outside, () -> BlockDecoder.decode(dtype, two, 0, dst, unit + 1, 2 * unit));
        assertThrows(outside, () -> BlockDecoder.decode(dtype, two, 0, dst, -1, unit));
        if (dtype.quantised()) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> BlockDecoder.decode(dtype, two, 0, dst, 0, unit - 1));
        }
    }

    @Test
    void integersHaveNoFloats() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        BlockDecoder.decode(
                                DType.I32,
                                MemorySegment.ofArray(new byte[4]),
                                0,
                                new float[1],
                                0,
                                1));
    }

    @Test
    void nibblesOfQ4GoLowThenHighAroundEight() {
        byte[] block = new byte[18];
        block[1] = 0x40; // 2.0 in binary16
        block[2] = (byte) 0xf0;
        block[17] = 0x19;
        float[] values = new float[32];
        BlockDecoder.decode(DType.Q4_0, MemorySegment.ofArray(block), 0, values, 0, 32);
        float[] expected = new float[32];
        Arrays.fill(expected, -16);
        expected[16] = 14;
        expected[15] = 2;
        expected[31] = -14;
        assertArrayEquals(expected, values);
    }

    @Test
    void extremeExponentsOfMxfp4AreExact() {
        for (int e : new int[] {0, 1, 2, 127, 128, 255}) {
            byte[] block = new byte[17];
            block[0] = (byte) e;
            block[1] = (byte) 0xf2; // 1.0 and -6.0
            float[] values = new float[32];
            BlockDecoder.decode(DType.MXFP4, MemorySegment.ofArray(block), 0, values, 0, 32);
            assertEquals((float) Math.scalb(1.0, e - 127), values[0], "exponent " + e);
            assertEquals((float) Math.scalb(-6.0, e - 127), values[16], "exponent " + e);
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "I32")
    void conversionsRoundWhatIsDecoded(DType dtype) {
        int columns = 2 * dtype.blockElements();
        byte[] blocks = randomBlocks(dtype, 6);
        Tensor tensor = new Tensor(dtype, 3, columns, MemorySegment.ofArray(blocks).asReadOnly());
        float[] decoded = new float[3 * columns];
        BlockDecoder.decode(dtype, tensor.data(), 0, decoded, 0, decoded.length);
        try (Arena arena = Arena.ofConfined()) {
            Tensor f32 = BlockDecoder.toF32(tensor, arena);
            assertArrayEquals(decoded, f32.data().toArray(ValueLayout.JAVA_FLOAT));
            Tensor bf16 = new Tensor(DType.BF16, 3, columns, arena.allocate(2L * decoded.length));
            BlockDecoder.convertToBf16(tensor, bf16);
            Tensor bySlices =
                    new Tensor(DType.BF16, 3, columns, arena.allocate(bf16.data().byteSize()));
            BlockDecoder.convertToBf16(tensor.slice(1, 3), bySlices.slice(1, 3));
            BlockDecoder.convertToBf16(tensor.slice(0, 1), bySlices.slice(0, 1));
            assertEquals(-1, bf16.data().mismatch(bySlices.data()));
            for (int i = 0; i < decoded.length; i++) {
                short expected = SmallFloats.toBfloat16(decoded[i]);
                assertEquals(
                        expected,
                        bf16.data().getAtIndex(ValueLayout.JAVA_SHORT, i),
                        dtype + " " + i);
            }
            float[] row = new float[columns];
            BlockDecoder.decodeRow(tensor, 2, row);
            assertArrayEquals(Arrays.copyOfRange(decoded, 2 * columns, 3 * columns), row);
        }
    }

    @Test
    void conversionNeedsBf16OfTheSameShape() {
        Tensor two = new Tensor(DType.F32, 1, 2, MemorySegment.ofArray(new byte[8]));
        Tensor three = new Tensor(DType.BF16, 1, 3, MemorySegment.ofArray(new byte[6]));
        assertThrows(IllegalArgumentException.class, () -> BlockDecoder.convertToBf16(two, two));
        assertThrows(IllegalArgumentException.class, () -> BlockDecoder.convertToBf16(two, three));
    }

    /** Random bytes whose floating point fields are finite, so that equal values compare equal. */
    private static byte[] randomBlocks(DType dtype, int count) {
        byte[] blocks = new byte[dtype.blockBytes() * count];
        new Random(SEED).nextBytes(blocks);
        for (int i = 0; i < blocks.length; i++) {
            // A cleared bit keeps the exponent of either 16-bit format and of float32 below its
            // top.
            blocks[i] &= (byte) 0xbf;
        }
        return blocks;
    }
}
