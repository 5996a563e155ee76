package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullRateTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;

    @Test
    void saysPartRateAndTimeLeft() {
        PullRate rate = new PullRate();
        assertEquals("10% of 1000.0 MiB", rate.words(0, 100 * MIB, 1000 * MIB));
        assertEquals(
                "20% of 1000.0 MiB, 50.0 MiB/s, 16 s left",
                rate.words(2 * SECOND, 200 * MIB, 1000 * MIB));
        assertEquals(
                "100% of 1000.0 MiB, 250.0 MiB/s",
                rate.words(3 * SECOND + SECOND * 3 / 5, 1000 * MIB, 1000 * MIB));
    }

    @Test
    void whatWasFastOnceIsForgotten() {
        PullRate rate = new PullRate();
        for (int i = 0; i <= 60; i++) {
            rate.words(i * SECOND, Math.min(i, 10) * 100 * MIB + i * MIB, 2000 * MIB);
        }
        assertEquals(
                "53% of 1.95 GiB, 1.00 MiB/s, 16 min left",
                rate.words(61 * SECOND, 1061 * MIB, 2000 * MIB));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 100", "0, 10, 0", "999, 1000, 99", "1000, 1000, 100"})
    void hundredIsAll(long done, long total, int percent) {
        assertEquals(percent, PullRate.percent(done, total));
    }
}
