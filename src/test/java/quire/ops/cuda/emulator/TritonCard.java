package quire.ops.cuda.emulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import quire.Outside;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.KernelModule;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.Stream;

/**
 * The emulated card with the kernels that {@code tools/triton-kernels} compiled. Closing gives back
 * all that was allocated.
 */
final class TritonCard implements AutoCloseable {

    /** Types of numbers, as bits in a short. */
    enum Type {
        BF16(2),
        F16(2),
        S8(1),
        E4M3(1),
        E5M2(1);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        private static double eighth(int bits, int mantissaBits, int bias) {
            int exponent = (bits & 0x7f) >> mantissaBits;
            double mantissa = (bits & (1 << mantissaBits) - 1) * Math.scalb(1.0, -mantissaBits);
            double size =
                    exponent == 0
                            ? Math.scalb(mantissa, 1 - bias)
                            : Math.scalb(1 + mantissa, exponent - bias);
            return (bits & 0x80) == 0 ? size : -size;
        }

        double value(short bits) {
            return switch (this) {
                case BF16 -> Float.intBitsToFloat(bits << 16);
                case F16 -> Float.float16ToFloat(bits);
                case S8 -> (byte) bits;
                case E4M3 -> eighth(bits & 0xff, 3, 7);
                case E5M2 -> eighth(bits & 0xff, 2, 15);
            };
        }

        /** Of about the size of one; whole numbers of any size. */
        private short any(SplittableRandom random) {
            float normal = (float) random.nextGaussian();
            return switch (this) {
                case BF16 -> (short) (Float.floatToRawIntBits(normal) >>> 16);
                case F16 -> Float.floatToFloat16(normal);
                case S8 -> (short) random.nextInt(-128, 128);
                // Exponents up to 3, subnormal numbers among them.
                case E4M3 -> (short) (random.nextInt(10 << 3) | random.nextInt(2) << 7);
                case E5M2 -> (short) (random.nextInt(18 << 2) | random.nextInt(2) << 7);
            };
        }
    }

    /** Random numbers on the card, and their values. */
    record Numbers(DeviceBuffer buffer, double[] values) {}

    private static final byte POISON = (byte) 0xff;

    final SplittableRandom random;
    private final Context context = Context.own(EmulatedCuda.device());
    private final Stream stream = new Stream(context);
    private final Path folder;

    /**
     * @param architecture for which the kernels were compiled
     */
    TritonCard(int architecture, long seed) {
        folder = Outside.TRITON_KERNELS.path().resolve("sm_" + architecture);
        random = new SplittableRandom(seed);
    }

    Numbers numbers(Type type, int count) {
        MemorySegment bytes = MemorySegment.ofArray(new short[count]);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            short bits = type.any(random);
            values[i] = type.value(bits);
            if (type.bytes == 1) {
                bytes.set(ValueLayout.JAVA_BYTE, i, (byte) bits);
            } else {
                bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
            }
        }
        return new Numbers(upload(bytes.asSlice(0, (long) count * type.bytes)), values);
    }

    /** Floats of about the size of one. */
    Numbers floats(int count) {
        float[] floats = new float[count];
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
            values[i] = floats[i];
        }
        return new Numbers(upload(MemorySegment.ofArray(floats)), values);
    }

    DeviceBuffer ints(int[] values) {
        return upload(MemorySegment.ofArray(values));
    }

    private DeviceBuffer upload(MemorySegment bytes) {
        DeviceBuffer buffer = new DeviceBuffer(context, bytes.byteSize());
        stream.write(bytes, buffer);
        return buffer;
    }

    /** Memory that a kernel will write, poisoned. */
    DeviceBuffer output(long bytes) {
        DeviceBuffer buffer = new DeviceBuffer(context, bytes);
        stream.fill(buffer, POISON);
        return buffer;
    }

    /** Runs a kernel of that file to its end. */
    void run(String name, int blocks, int columnsOfBlocks, Object... arguments) {
        try {
            JsonNode launch = new ObjectMapper().readTree(folder.resolve(name + ".json").toFile());
            byte[] ptx = Files.readAllBytes(folder.resolve(name + ".ptx"));
            KernelModule module =
                    KernelModule.load(
                            context,
                            file ->
                                    file.startsWith("compute_80/")
                                            ? Optional.of(ptx)
                                            : Optional.empty(),
                            name);
            long scratch = launch.get("scratchBytes").asLong() * blocks * columnsOfBlocks;
            List<Object> all = new ArrayList<>(Arrays.asList(arguments));
            all.add(scratch == 0 ? (Object) 0L : new DeviceBuffer(context, scratch));
            all.add(0L); // memory of Triton's profiler
            new Launch(
                            stream,
                            module.kernel(
                                    launch.get("kernel").asText(),
                                    launch.get("sharedBytes").asInt()),
                            new Grid(blocks, columnsOfBlocks, 1, launch.get("threads").asInt()),
                            all.toArray())
                    .run();
            stream.synchronize();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    double[] readBf16(DeviceBuffer buffer) {
        short[] bits = new short[(int) (buffer.bytes() / 2)];
        stream.read(buffer, MemorySegment.ofArray(bits));
        double[] values = new double[bits.length];
        Arrays.setAll(values, i -> Type.BF16.value(bits[i]));
        return values;
    }

    double[] readFloats(DeviceBuffer buffer) {
        float[] floats = new float[(int) (buffer.bytes() / 4)];
        stream.read(buffer, MemorySegment.ofArray(floats));
        double[] values = new double[floats.length];
        Arrays.setAll(values, i -> floats[i]);
        return values;
    }

    int[] readInts(DeviceBuffer buffer) {
        int[] values = new int[(int) (buffer.bytes() / 4)];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    @Override
    public void close() {
        context.close();
    }
}
