package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.error.UnavailableException;
import quire.ops.LinearPart;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.emulator.Emulator;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.NumberFormat;
import quire.ops.cuda.kernel.TileContents;
import quire.ops.cuda.kernel.TiledLinear;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * What is on the card once weights are placed, bit by bit, however many pieces they went there in:
 * on streams that read a piece as late as they may, so that one that is filled too early shows.
 */
class PlacedWeightsTest {
    private static final int SMALL_PIECE = 4096;

    private Emulator emulator;
    private Context context;
    private Stream stream;

    @BeforeEach
    void open() {
        emulator = new Emulator();
        emulator.set("STREAMS", "lazy");
        context = Context.own(EmulatedCuda.device());
        stream = new Stream(context);
    }

    @AfterEach
    void close() {
        context.close();
        emulator.close();
    }

    private CudaWeights weights(CudaMemory memory, NumberFormat format) {
        KernelFiles files = KernelFiles.ofThisProgram();
        return new CudaWeights(memory, format, new KernelSource(context, stream, files, format));
    }

    private static Tensor random(DType type, int rows, int columns) {
        byte[] bytes = new byte[(int) (rows * type.rowBytes(columns))];
        new Random(rows * 31L + columns).nextBytes(bytes);
        if (type != DType.F32) {
            return new Tensor(type, rows, columns, MemorySegment.ofArray(bytes));
        }
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes[i] / 37f;
        }
        return new Tensor(type, rows, columns, MemorySegment.ofArray(values));
    }

    private static short[][] rounded(Tensor stored, NumberFormat format) {
        short[][] rows = new short[stored.rows()][stored.columns()];
        float[] decoded = new float[stored.columns()];
        for (int r = 0; r < rows.length; r++) {
            BlockDecoder.decodeRow(stored, r, decoded);
            for (int c = 0; c < decoded.length; c++) {
                rows[r][c] = format.round(decoded[c]);
            }
        }
        return rows;
    }

    private void assertPlaced(int pieceBytes, NumberFormat format, Tensor stored) {
        CudaMemory memory = new CudaMemory(context, stream, pieceBytes);
        TiledLinear placed = weights(memory, format).placeTable(stored);
        memory.finishPlacing();
        short[] expected = TileContents.expected(rounded(stored, format), stored.columns());
        String what = stored.rows() + " x " + stored.columns() + " of " + stored.dtype();
        assertArrayEquals(expected, TileContents.stored(placed), what);
    }

    /** With one row a piece, a tail of one row, whole pieces, and more pieces than there are. */
    @ParameterizedTest
    @EnumSource
    void everyBitIsInItsPlaceAtEverySize(NumberFormat format) {
        for (int rows : new int[] {1, 31, 32, 33, 64, 65, 200}) {
            for (int columns : new int[] {32, 64, 96, 544, 2048}) {
                assertPlaced(SMALL_PIECE, format, random(DType.F32, rows, columns));
            }
        }
        for (DType type : List.of(DType.Q8_0, DType.Q4_0)) {
            assertPlaced(SMALL_PIECE, format, small(type, 70, 320));
        }
    }

    /** Blocks whose scales are no NaNs. */
    private static Tensor small(DType type, int rows, int columns) {
        Tensor tensor = random(type, rows, columns);
        long blockBytes = type.rowBytes(32);
        for (long at = 0; at < tensor.data().byteSize(); at += blockBytes) {
            tensor.data().set(java.lang.foreign.ValueLayout.JAVA_BYTE, at + 1, (byte) 0x30);
        }
        return tensor;
    }

    @Test
    void whatSeveralThreadsFillAndTwoPiecesCarryIsTheSame() {
        assertPlaced(Staging.PIECE_BYTES, NumberFormat.BF16, random(DType.F32, 1031, 2112));
        assertPlaced(Staging.PIECE_BYTES, NumberFormat.BF16, random(DType.F32, 4200, 2048));
    }

    /** As a checkpoint's tensors may be; then they are filled in by that thread. */
    @Test
    void memoryOfOneThreadIsPlacedByIt() {
        Tensor heap = random(DType.F32, 600, 1024);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment own = arena.allocate(heap.data().byteSize(), 8);
            own.copyFrom(heap.data());
            Tensor confined = new Tensor(DType.F32, heap.rows(), heap.columns(), own);
            assertPlaced(Staging.PIECE_BYTES, NumberFormat.FP16, confined);
        }
    }

    @Test
    void partsAndBiasesStandOneAfterTheOther() {
        CudaMemory memory = new CudaMemory(context, stream, SMALL_PIECE);
        Tensor first = random(DType.F32, 70, 96);
        Tensor second = random(DType.F32, 3, 96);
        TiledLinear placed =
                weights(memory, NumberFormat.BF16)
                        .placeLinear(
                                List.of(
                                        new LinearPart(
                                                first, Optional.of(random(DType.F32, 1, 70))),
                                        new LinearPart(second, Optional.empty())));
        memory.finishPlacing();
        short[][] rows = new short[73][];
        System.arraycopy(rounded(first, NumberFormat.BF16), 0, rows, 0, 70);
        System.arraycopy(rounded(second, NumberFormat.BF16), 0, rows, 70, 3);
        assertArrayEquals(TileContents.expected(rows, 96), TileContents.stored(placed));
    }

    @Test
    void aRowThatIsWiderThanAPieceIsRefused() {
        assertPlaced(SMALL_PIECE, NumberFormat.BF16, random(DType.F32, 2, SMALL_PIECE / 2));
        Tensor wide = random(DType.F32, 2, SMALL_PIECE / 2 + 1);
        CudaWeights weights =
                weights(new CudaMemory(context, stream, SMALL_PIECE), NumberFormat.BF16);
        String refusal =
                assertThrows(IllegalArgumentException.class, () -> weights.placeTable(wide))
                        .getMessage();
        assertEquals("a row of 4098 bytes, and pieces of 4096", refusal);
    }

    @Test
    void anInterruptEndsItAtTheNextPiece() {
        CudaWeights weights =
                weights(new CudaMemory(context, stream, SMALL_PIECE), NumberFormat.BF16);
        Tensor stored = random(DType.F32, 8, 512);
        long before = emulator.count("bytesToDevice");
        Thread.currentThread().interrupt();
        assertThrows(UnavailableException.class, () -> weights.placeTable(stored));
        assertTrue(Thread.interrupted());
        assertEquals(before, emulator.count("bytesToDevice"));
    }

    /** No wait between them: all but the first four pieces wait for the one four before. */
    @Test
    void theHostWaitsForNoPieceButToFillItAgain() {
        CudaMemory memory = new CudaMemory(context, stream, SMALL_PIECE);
        CudaWeights weights = weights(memory, NumberFormat.BF16);
        long before = emulator.count("cuEventQuery") + emulator.count("cuStreamSynchronize");
        weights.placeTable(random(DType.F32, 8, 2048).slice(0, 4));
        // Four events that were never put are reached at once.
        assertEquals(
                before + 4, emulator.count("cuEventQuery") + emulator.count("cuStreamSynchronize"));
    }
}
