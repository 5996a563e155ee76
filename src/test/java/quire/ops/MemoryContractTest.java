package quire.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.golden.Backend;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Whose memory is whose: what crosses between host and backend, and what must not be mixed up. */
class MemoryContractTest {

    /** What a backend on a device would hand out: there is nothing that a host could read. */
    private record Elsewhere(DType dtype, int rows, int columns) implements Matrix {}

    private record ElsewhereLinear(int inputs, int outputs) implements Linear {}

    private record ElsewhereTable() implements Table {}

    private record ElsewhereCache(KvCacheLayout layout) implements KvCache {}

    private static Tensor heap(int rows, float... values) {
        return new Tensor(DType.F32, rows, values.length / rows, MemorySegment.ofArray(values));
    }

    private static float[] floats(Tensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_FLOAT);
    }

    private static Batch batch(Ops ops, int... tokenIds) {
        Batch batch = ops.allocateBatch(new BatchLimits(tokenIds.length, 1, 1, 16));
        batch.clear();
        batch.startSequence(0, new int[] {0}, 1);
        for (int id : tokenIds) {
            batch.addToken(id);
        }
        batch.addLogitRow();
        batch.endSequence();
        return batch;
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void anUploadWritesItsRowsAndNoOthers(Backend backend) {
        try (Ops ops = backend.open();
                Arena arena = Arena.ofConfined()) {
            for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16, DType.I32)) {
                Matrix to = ops.allocate(dtype, 5, 7);
                int row = (int) dtype.rowBytes(7);
                Tensor from = new Tensor(dtype, 2, 7, arena.allocate(2L * row));
                from.data().fill((byte) 1);
                ops.upload(to, 2, from);
                byte[] bytes = ops.host(to, 5).data().toArray(ValueLayout.JAVA_BYTE);
                for (int i = 0; i < 5 * row; i++) {
                    boolean written = i >= 2 * row && i < 4 * row;
                    assertEquals(written ? 1 : 0, bytes[i], dtype + ", byte " + i);
                }
            }
            float[] values = {1, 2, 3};
            Matrix to = ops.allocate(DType.F32, 1, 3);
            ops.upload(to, 0, heap(1, values));
            values[0] = 9;
            assertArrayEquals(new float[] {1, 2, 3}, floats(ops.host(to, 1)));
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void anUploadThatDoesNotFitIsRefused(Backend backend) {
        try (Ops ops = backend.open();
                Arena arena = Arena.ofConfined()) {
            Matrix to = ops.allocate(DType.F32, 2, 3);
            Tensor two = heap(2, 1, 2, 3, 4, 5, 6);
            ops.upload(to, 0, two);
            for (int firstRow : new int[] {-1, 1, 2, Integer.MAX_VALUE}) {
                assertThrows(IllegalArgumentException.class, () -> ops.upload(to, firstRow, two));
            }
            Tensor wide = heap(1, 1, 2, 3, 4);
            assertThrows(IllegalArgumentException.class, () -> ops.upload(to, 0, wide));
            Tensor other = new Tensor(DType.F16, 1, 3, arena.allocate(6));
            assertThrows(IllegalArgumentException.class, () -> ops.upload(to, 0, other));
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, floats(ops.host(to, 2)));
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void batchesDoNotShareMemory(Backend backend) {
        try (Ops ops = backend.open();
                Arena arena = Arena.ofConfined()) {
            Tensor stored = new Samples(arena, 3).stored(DType.F32, 7, 8);
            Table table = ops.placeTable(stored);
            Batch first = batch(ops, 4, 5, 6);
            Batch second = batch(ops, 1, 2, 3);
            Matrix out = ops.allocate(ops.activationType(), 3, 8);
            ops.begin(second);
            ops.embed(out, table, second);
            float[] ofSecond = Samples.read(ops.host(out, 3));
            ops.begin(first);
            ops.embed(out, table, first);
            float[] ofFirst = Samples.read(ops.host(out, 3));
            assertArrayEquals(Samples.read(stored.slice(4, 7)), ofFirst);
            assertArrayEquals(Samples.read(stored.slice(1, 4)), ofSecond);
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void thereIsMemoryAndMatricesTakeTheirBytesOfIt(Backend backend) {
        try (Ops ops = backend.open()) {
            MemoryBudget budget = ops.memory();
            assertTrue(budget.availableBytes() > 0);
            assertTrue(budget.cacheShare() > 0 && budget.cacheShare() <= 1);
            assertTrue(budget.cacheMostBytes() > 0);
            assertTrue(ops.footprint().matrixBytes(DType.F32, 3, 5) >= 60);
            assertThrows(
                    ArithmeticException.class,
                    () ->
                            ops.footprint()
                                    .matrixBytes(DType.F32, Integer.MAX_VALUE, Integer.MAX_VALUE));
        }
    }

    /** Rather than to read what may be another device's address: an exception, never a crash. */
    @ParameterizedTest
    @EnumSource(Backend.class)
    void whatAnotherBackendMadeIsRefused(Backend backend) {
        try (Ops ops = backend.open();
                Arena arena = Arena.ofConfined()) {
            Tensor stored = new Samples(arena, 3).stored(DType.F32, 7, 32);
            Linear linear = ops.placeLinear(List.of(new LinearPart(stored, Optional.empty())));
            Table table = ops.placeTable(stored);
            Batch batch = batch(ops, 1);
            Matrix wide = ops.allocate(DType.F32, 1, 32);
            Matrix wideElsewhere = new Elsewhere(DType.F32, 1, 32);
            Matrix narrow = ops.allocate(DType.F32, 1, 7);
            Matrix narrowElsewhere = new Elsewhere(DType.F32, 1, 7);
            AttentionHeads heads = new AttentionHeads(2, 1, 8, 1, 0, Optional.empty());
            KvCacheLayout layout =
                    KvCacheLayout.uniform(1, 1, 16, new KvCacheLayout.Layer(1, 8), DType.F32);
            KvCache cache = ops.allocateKvCache(layout);
            RopeTable rope =
                    new RopeTable(ops.allocate(DType.F32, 16, 8), 8, RopeTable.Pairing.HALVES);
            Matrix attended = ops.allocate(DType.F32, 1, 16);
            ops.begin(batch);
            List<Runnable> calls =
                    List.of(
                            () -> ops.embed(wideElsewhere, table, batch),
                            () -> ops.embed(wide, new ElsewhereTable(), batch),
                            () -> ops.placeTiedHead(new ElsewhereTable(), stored),
                            () -> ops.linear(narrowElsewhere, wide, linear, 1),
                            () -> ops.linear(narrow, wideElsewhere, linear, 1),
                            () -> ops.linear(narrow, wide, new ElsewhereLinear(32, 7), 1),
                            () -> ops.rmsNorm(wide, wide, wideElsewhere, 1, 1),
                            () -> ops.addRmsNorm(wide, wideElsewhere, wide, wide, 1, 1),
                            () -> ops.siluAndMul(attended, wideElsewhere, 1),
                            () -> ops.gatherLogitRows(wideElsewhere, wide, batch),
                            () -> ops.argmax(ops.allocate(DType.I32, 1, 1), wideElsewhere, 1),
                            () -> ops.attention(attended, wideElsewhere, heads, cache, 0, batch),
                            () ->
                                    ops.attention(
                                            attended,
                                            wide,
                                            heads,
                                            new ElsewhereCache(layout),
                                            0,
                                            batch),
                            () -> ops.ropeAndStore(wideElsewhere, heads, rope, cache, 0, batch),
                            () -> ops.host(wideElsewhere, 1),
                            () -> ops.upload(wideElsewhere, 0, stored.slice(0, 1)));
            for (int i = 0; i < calls.size(); i++) {
                assertThrows(IllegalArgumentException.class, calls.get(i)::run, "call " + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void aBatchTellsWhatItTakes(Backend backend) {
        BatchLimits limits = new BatchLimits(5, 3, 7, 16);
        // Arrays of 5 (four of them), 4, 3 (two) and 21 ints, each on cache lines of its own.
        assertEquals(64 * (4 + 1 + 2 + 2), Batch.bytes(limits));
        assertThrows(IllegalArgumentException.class, () -> new BatchLimits(0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new BatchLimits(1, 0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new BatchLimits(1, 1, 0, 1));
        try (Ops ops = backend.open()) {
            Batch batch = ops.allocateBatch(limits);
            assertNotEquals(batch.tokenIds().address(), batch.positions().address());
            assertEquals(0, batch.blockTables().address() % 64);
            assertEquals(7, batch.maxBlocksPerSequence());
        }
    }
}
