package quire.cli;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a pass over a file of schemas took.
 *
 * @param compiled how many schemas were compiled
 */
record GrammarTimes(int compiled, Figures compile, Figures mask) {

    /** Microseconds: the median, what one in a hundred exceeds, and the mean. */
    record Figures(double p50, double p99, double mean) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "p50 %.1f us, p99 %.1f us, mean %.1f us", p50, p99, mean);
        }
    }

    /** Nanoseconds, as they come. */
    static final class Samples {
        private long[] samples = new long[1024];
        private int count;

        void add(long nanos) {
            if (count == samples.length) {
                samples = Arrays.copyOf(samples, 2 * count);
            }
            samples[count++] = nanos;
        }

        Figures figures() {
            long[] sorted = Arrays.copyOf(samples, count);
            Arrays.sort(sorted);
            if (count == 0) {
                return new Figures(0, 0, 0);
            }
            return new Figures(
                    sorted[count / 2] / 1e3,
                    sorted[(int) (count * 0.99)] / 1e3,
                    Arrays.stream(sorted).average().getAsDouble() / 1e3);
        }
    }
}
