package quire.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import quire.ops.LinearPart;
import quire.ops.Ops;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Numbers in place of a checkpoint's: what a backend is given to place has the checkpoint's shapes
 * and the numbers of {@link Bf16#hashed}, from a memory that all tensors share.
 */
final class MadeWeights {
    private static final int SEED = 9;

    /** Numbers after which they repeat, in rows that differ for every width that models have. */
    private static final int PERIOD = (1 << 23) + 8;

    private static final short ONE = 0x3f80;

    private final MemorySegment numbers;
    private final MemorySegment ones;

    /**
     * @param arena that lives as long as they are placed
     * @param most numbers of the largest tensor
     */
    MadeWeights(Arena arena, long most) {
        int period = (int) Math.min(PERIOD, most);
        short[] piece = new short[period];
        IntStream.range(0, period)
                .parallel()
                .forEach(i -> piece[i] = Bf16.bits(Bf16.hashed(i, SEED)));
        numbers = repeated(arena, piece, most);
        ones = repeated(arena, new short[] {ONE}, 1 << 16);
    }

    private static MemorySegment repeated(Arena arena, short[] piece, long most) {
        MemorySegment all = arena.allocate(most * Short.BYTES, 64);
        for (long at = 0; at < most; at += piece.length) {
            int some = (int) Math.min(piece.length, most - at);
            MemorySegment.copy(piece, 0, all, ValueLayout.JAVA_SHORT, at * Short.BYTES, some);
        }
        return all;
    }

    /** A matrix, BF16 {@code [rows, columns]}. */
    Tensor matrix(int rows, int columns) {
        return tensor(numbers, rows, columns);
    }

    /** A weight of a norm, which leaves numbers as great as they are. */
    Tensor norm(int columns) {
        return tensor(ones, 1, columns);
    }

    private static Tensor tensor(MemorySegment from, int rows, int columns) {
        long bytes = (long) rows * columns * Short.BYTES;
        return new Tensor(DType.BF16, rows, columns, from.asSlice(0, bytes));
    }

    /** The backend, which gets these numbers wherever weights are placed. */
    Ops over(Ops backend) {
        InvocationHandler handler =
                (proxy, method, arguments) -> {
                    Object[] given =
                            switch (method.getName()) {
                                case "placeLinear" -> new Object[] {parts(arguments[0])};
                                case "placeTable" -> new Object[] {like((Tensor) arguments[0])};
                                case "placeVector" ->
                                        new Object[] {norm(((Tensor) arguments[0]).columns())};
                                default -> arguments;
                            };
                    try {
                        return method.invoke(backend, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                };
        Class<?>[] types = {Ops.class};
        return (Ops) Proxy.newProxyInstance(Ops.class.getClassLoader(), types, handler);
    }

    private List<LinearPart> parts(Object all) {
        return Stream.of(all)
                .flatMap(list -> ((List<?>) list).stream())
                .map(LinearPart.class::cast)
                .map(part -> new LinearPart(like(part.weight()), part.bias().map(this::like)))
                .toList();
    }

    private Tensor like(Tensor shape) {
        return matrix(shape.rows(), shape.columns());
    }
}
