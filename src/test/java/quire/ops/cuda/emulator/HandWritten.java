package quire.ops.cuda.emulator;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.KernelModule;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.Stream;

/** Kernels written by hand, on the emulated card. Closing gives back all that was allocated. */
final class HandWritten implements AutoCloseable {
    private static final String HEADER =
            """
            .version 8.0
            .target sm_90a
            .address_size 64
            .file 1 "by_hand.cu"
            """;

    final Context context = Context.own(EmulatedCuda.device());
    final Stream stream = new Stream(context);

    /** A kernel whose parameters are addresses, from its body. */
    Kernel kernel(String body, String... parameters) {
        StringBuilder text =
                new StringBuilder(HEADER)
                        .append(
                                ".extern .shared .align 128 .b8 dynamic[];\n.visible .entry by_hand(");
        for (int i = 0; i < parameters.length; i++) {
            text.append(i == 0 ? "" : ", ").append(".param .u64 ").append(parameters[i]);
        }
        text.append(")\n{\n").append(body).append("\n}\n");
        return module(text.toString()).kernel("by_hand", 0);
    }

    /** A module of that text. */
    KernelModule module(String text) {
        return KernelModule.load(
                context,
                name ->
                        name.equals("compute_90a/by_hand.ptx")
                                ? Optional.of(text.getBytes(StandardCharsets.UTF_8))
                                : Optional.empty(),
                "by_hand");
    }

    DeviceBuffer buffer(long... values) {
        DeviceBuffer buffer = new DeviceBuffer(context, 8L * values.length);
        stream.write(MemorySegment.ofArray(values), buffer);
        return buffer;
    }

    DeviceBuffer buffer(int... values) {
        DeviceBuffer buffer = new DeviceBuffer(context, 4L * values.length);
        stream.write(MemorySegment.ofArray(values), buffer);
        return buffer;
    }

    void run(Kernel kernel, Grid grid, Object... arguments) {
        new Launch(stream, kernel, grid, arguments).run();
        stream.synchronize();
    }

    long[] longs(DeviceBuffer buffer) {
        long[] values = new long[(int) (buffer.bytes() / 8)];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    int[] ints(DeviceBuffer buffer) {
        int[] values = new int[(int) (buffer.bytes() / 4)];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    @Override
    public void close() {
        context.close();
    }
}
