package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;

/** {@code mma.sync} against each model of its sums, computed by exact arithmetic. */
class TensorCoreTest {
    private static final long SEED = 20261127;
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;

    /** A tile's operands: a row of A is contiguous, and so is a column of B. */
    private record Tile(float[] a, float[] b, float[] c, int k) {}

    @FunctionalInterface
    private interface Sum {
        float of(float[] a, int atA, float[] b, int atB, float c, int k);
    }

    private static float bf16(SplittableRandom random) {
        float value = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-3, 4)));
        return random.nextInt(20) == 0
                ? 0
                : Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
    }

    private static Tile tile(SplittableRandom random, int k) {
        float[] a = new float[ROWS * k];
        float[] b = new float[COLUMNS * k];
        float[] c = new float[ROWS * COLUMNS];
        for (int i = 0; i < a.length; i++) {
            a[i] = bf16(random);
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = bf16(random);
        }
        for (int i = 0; i < c.length; i++) {
            c[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-4, 5)));
        }
        return new Tile(a, b, c, k);
    }

    private static int[] packed(float[] values) {
        int[] pairs = new int[values.length / 2];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] =
                    Float.floatToRawIntBits(values[2 * i]) >>> 16
                            | Float.floatToRawIntBits(values[2 * i + 1]) & 0xffff0000;
        }
        return pairs;
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    /** The fragments as the PTX manual draws them, loaded word by word. */
    private static final String BODY =
            """
            .reg .b64 %a, %b, %c, %d; .reg .b32 %l, %g, %q, %x, %y, %A<4>, %B<2>, %C<4>;
            ld.param.u64 %a, [a]; ld.param.u64 %b, [b]; ld.param.u64 %c, [c]; ld.param.u64 %d, [d];
            mov.u32 %l, %laneid; shr.u32 %g, %l, 2; and.b32 %q, %l, 3;
            mad.lo.u32 %x, %g, 8, %q; mul.lo.u32 %x, %x, 4;
            cvt.u64.u32 %y8, %x; add.u64 %a, %a, %y8; add.u64 %b, %b, %y8;
            ld.global.b32 %A0, [%a]; ld.global.b32 %A1, [%a+256]; ld.global.b32 %A2, [%a+16]; ld.global.b32 %A3, [%a+272];
            ld.global.b32 %B0, [%b]; ld.global.b32 %B1, [%b+16];
            mad.lo.u32 %x, %g, 8, %q; add.u32 %x, %x, %q; mul.lo.u32 %x, %x, 4; cvt.u64.u32 %y8, %x;
            add.u64 %c, %c, %y8; add.u64 %d, %d, %y8;
            ld.global.v2.b32 {%C0, %C1}, [%c]; ld.global.v2.b32 {%C2, %C3}, [%c+256];
            mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%C0, %C1, %C2, %C3}, {%A0, %A1, %A2, %A3}, {%B0, %B1}, {%C0, %C1, %C2, %C3};
            st.global.v2.b32 [%d], {%C0, %C1}; st.global.v2.b32 [%d+256], {%C2, %C3}; ret;
            """
                    .replaceFirst(";", "; .reg .b64 %y8;");

    private static void check(String sums, Sum wanted) {
        SplittableRandom random = new SplittableRandom(SEED);
        try (Emulator emulator = new Emulator();
                HandWritten card = new HandWritten()) {
            emulator.set("SUMS", sums);
            var kernel = card.kernel(BODY, "a", "b", "c", "d");
            for (int round = 0; round < 40; round++) {
                Tile tile = tile(random, 16);
                DeviceBuffer a = card.buffer(packed(tile.a()));
                DeviceBuffer b = card.buffer(packed(tile.b()));
                DeviceBuffer c = card.buffer(bits(tile.c()));
                DeviceBuffer d = card.buffer(new int[ROWS * COLUMNS]);
                card.run(kernel, Grid.row(1, 32), a, b, c, d);
                int[] results = card.ints(d);
                for (int i = 0; i < results.length; i++) {
                    int at = i;
                    float sum =
                            wanted.of(
                                    tile.a(),
                                    i / COLUMNS * 16,
                                    tile.b(),
                                    i % COLUMNS * 16,
                                    tile.c()[i],
                                    16);
                    assertEquals(
                            sum,
                            Float.intBitsToFloat(results[i]),
                            () -> "element " + at + ", seed " + SEED);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"order", "pairs", "card"})
    void sumsAreThoseOfTheModel(String model) {
        check(
                model,
                switch (model) {
                    case "order" -> TensorCoreTest::inOrder;
                    case "pairs" -> TensorCoreTest::inPairs;
                    default -> TensorCoreTest::asTheCard;
                });
    }

    private static float inOrder(float[] a, int atA, float[] b, int atB, float c, int k) {
        float sum = c;
        for (int i = 0; i < k; i++) {
            sum = Math.fma(a[atA + i], b[atB + i], sum);
        }
        return sum;
    }

    private static float inPairs(float[] a, int atA, float[] b, int atB, float c, int k) {
        float[] sums = new float[k];
        for (int i = 0; i < k; i++) {
            sums[i] = a[atA + i] * b[atB + i];
        }
        for (int n = k; n > 1; n /= 2) {
            for (int i = 0; i < n / 2; i++) {
                sums[i] = sums[2 * i] + sums[2 * i + 1];
            }
        }
        return c + sums[0];
    }

    /**
     * All terms cut to two bits below the 24 of the greatest, by the exponents of the factors; the
     * exact sum cut to a float. An H200 gave these bits.
     */
    private static float asTheCard(float[] a, int atA, float[] b, int atB, float c, int k) {
        int greatest = c == 0 ? -1000 : Math.getExponent(c);
        for (int i = 0; i < k; i++) {
            float x = a[atA + i];
            float y = b[atB + i];
            if (x != 0 && y != 0) {
                greatest = Math.max(greatest, Math.getExponent(x) + Math.getExponent(y));
            }
        }
        if (greatest == -1000) {
            return 0;
        }
        double place = Math.scalb(1.0, greatest - 25);
        long sum = (long) (c / place);
        for (int i = 0; i < k; i++) {
            sum += (long) ((double) a[atA + i] * b[atB + i] / place);
        }
        BigDecimal exact = BigDecimal.valueOf(sum).multiply(new BigDecimal(place));
        float nearest = exact.floatValue();
        boolean beyond = new BigDecimal(nearest).abs().compareTo(exact.abs()) > 0;
        return !beyond
                ? nearest
                : exact.signum() > 0 ? Math.nextDown(nearest) : Math.nextUp(nearest);
    }
}
