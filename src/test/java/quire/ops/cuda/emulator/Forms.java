package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.KernelModule;

/** Runs forms of opcodes on hard and on random operands and compares with their models. */
final class Forms {
    private static final long SEED = 20261127;
    private static final int THREADS = 256;
    private static final long[] HARD = {
        0,
        1,
        2,
        3,
        7,
        31,
        32,
        33,
        63,
        64,
        127,
        128,
        255,
        256,
        0x7fff,
        0x8000,
        0xffff,
        0x3f800000,
        0x40490fdb,
        0x7f7fffff,
        0x7f800000,
        0x80000000L,
        0x80000001L,
        0x00000001,
        0x007fffff,
        0x7fffffff,
        0xffffffffL,
        0x7fc00000,
        0xbf800000L,
        0x4f000000,
        0xcf000001L,
        0x4b000001,
        -1,
        -2,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        0x3c00,
        0x7bff,
        0x0400,
        0x8001,
        0x3f80
    };

    private Forms() {}

    /** Fails for the first result that the model has not. */
    static void check(List<Form> forms) {
        StringBuilder text = new StringBuilder(".version 8.0\n.target sm_90a\n.address_size 64\n");
        for (int i = 0; i < forms.size(); i++) {
            text.append(forms.get(i).entry("form" + i));
        }
        SplittableRandom random = new SplittableRandom(SEED);
        long[] operands = new long[3 * THREADS];
        for (int i = 0; i < operands.length; i++) {
            operands[i] =
                    random.nextInt(3) > 0
                            ? HARD[random.nextInt(HARD.length)]
                            : random.nextLong() >>> random.nextInt(64);
        }
        try (HandWritten card = new HandWritten()) {
            KernelModule module = card.module(text.toString());
            DeviceBuffer in = card.buffer(operands);
            DeviceBuffer out = new DeviceBuffer(card.context, 8 * THREADS);
            for (int i = 0; i < forms.size(); i++) {
                Form form = forms.get(i);
                card.run(module.kernel("form" + i, 0), Grid.row(1, THREADS), in, out);
                long[] results = card.longs(out);
                String type = form.types().split(" ")[0];
                for (int t = 0; t < THREADS; t++) {
                    long a = operands[3 * t];
                    long b = operands[3 * t + 1];
                    long c = operands[3 * t + 2];
                    long wanted = Form.cut(type, form.model().of(a, b, c));
                    if (type.startsWith("f") && isNan(type, wanted) && isNan(type, results[t])) {
                        continue;
                    }
                    int thread = t;
                    assertEquals(
                            Long.toHexString(wanted),
                            Long.toHexString(results[t]),
                            () -> "%s of %x, %x, %x in thread %d".formatted(form, a, b, c, thread));
                }
            }
        }
    }

    private static boolean isNan(String type, long bits) {
        return switch (type) {
            case "f32" -> Float.isNaN(Float.intBitsToFloat((int) bits));
            case "f16" -> Float.isNaN(Float.float16ToFloat((short) bits));
            default -> Double.isNaN(Double.longBitsToDouble(bits));
        };
    }
}
