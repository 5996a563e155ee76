package quire.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The 16-bit formats, every value of them. */
class SmallFloatsTest {

    @Test
    void everyBfloat16SurvivesThereAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float wide = SmallFloats.fromBfloat16((short) bits);
            assertEquals(bits << 16, Float.floatToRawIntBits(wide));
            if (Float.isNaN(wide)) {
                assertTrue(Float.isNaN(SmallFloats.fromBfloat16(SmallFloats.toBfloat16(wide))));
            } else {
                assertEquals((short) bits, SmallFloats.toBfloat16(wide));
            }
        }
    }

    @Test
    void everyFloat16IsWhatItsFieldsSayAndSurvives() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float wide = SmallFloats.fromFloat16((short) bits);
            int exponent = bits >> 10 & 31;
            int fraction = bits & 1023;
            if (exponent == 31) {
                assertEquals(fraction != 0, Float.isNaN(wide), Integer.toHexString(bits));
                assertEquals(fraction == 0, Float.isInfinite(wide), Integer.toHexString(bits));
            } else {
                float magnitude =
                        exponent == 0
                                ? Math.scalb((float) fraction, -24)
                                : Math.scalb((float) (1024 + fraction), exponent - 25);
                assertEquals((bits & 0x8000) == 0 ? magnitude : -magnitude, wide);
            }
            if (!Float.isNaN(wide)) {
                assertEquals((short) bits, SmallFloats.toFloat16(wide));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "3f800000, 3f80", "3f807fff, 3f80", "3f808000, 3f80", "3f808001, 3f81", "3f817fff, 3f81",
        "3f818000, 3f82", "bf818000, bf82", "00000000, 0000", "80000000, 8000", "00000001, 0000",
        "00008000, 0000", "00008001, 0001", "00018000, 0002", "7f7fffff, 7f80", "7f7f7fff, 7f7f",
        "7f7f8000, 7f80", "ff7fffff, ff80", "7f800000, 7f80", "ff800000, ff80", "7f800001, 7fc0",
        "ff800001, ffc0", "7fc00000, 7fc0", "7fffffff, 7fff", "ffffffff, ffff"
    })
    void bfloat16RoundsToNearestTiesToEven(String float32, String bfloat16) {
        float value = Float.intBitsToFloat(Integer.parseUnsignedInt(float32, 16));
        int rounded = Short.toUnsignedInt(SmallFloats.toBfloat16(value));
        assertEquals(Integer.parseInt(bfloat16, 16), rounded, Integer.toHexString(rounded));
    }

    @Test
    void noOtherBfloat16IsNearer() {
        long seed = 7;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            short rounded = SmallFloats.toBfloat16(value);
            if (Float.isFinite(value) && Float.isFinite(SmallFloats.fromBfloat16(rounded))) {
                BigDecimal error = distance(value, rounded);
                for (int step = -1; step <= 1; step += 2) {
                    float other = SmallFloats.fromBfloat16((short) (rounded + step));
                    if (Float.isFinite(other)) {
                        assertTrue(
                                error.compareTo(distance(value, (short) (rounded + step))) <= 0,
                                "seed "
                                        + seed
                                        + ", "
                                        + value
                                        + " became "
                                        + SmallFloats.fromBfloat16(rounded)
                                        + ", not "
                                        + other);
                    }
                }
            }
        }
    }

    private static BigDecimal distance(float value, short bfloat16) {
        return new BigDecimal(value)
                .subtract(new BigDecimal(SmallFloats.fromBfloat16(bfloat16)))
                .abs();
    }
}
