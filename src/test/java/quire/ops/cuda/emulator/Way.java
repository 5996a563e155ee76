package quire.ops.cuda.emulator;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How the emulated card goes about its work where a real one may do as it likes.
 *
 * @param schedule in which order blocks and warps run, and copies land: {@code forward}, {@code
 *     reverse}, or the seed of a random one
 * @param sums in which order a tensor core adds: one product after the other, by pairs, or as a
 *     card was seen to
 */
public record Way(String schedule, String sums) {

    private static final List<String> SCHEDULES = List.of("forward", "reverse", "3");
    private static final List<String> SUMS = List.of("order", "pairs", "card");

    /** Every schedule with every rounding. */
    public static List<Way> all() {
        return SCHEDULES.stream()
                .flatMap(schedule -> SUMS.stream().map(sums -> new Way(schedule, sums)))
                .toList();
    }

    /** Every schedule and every rounding once. */
    public static List<Way> eachOnce() {
        return IntStream.range(0, SUMS.size())
                .mapToObj(i -> new Way(SCHEDULES.get(i), SUMS.get(i)))
                .toList();
    }

    /** Whether a test that chooses for time's sake goes all ways: {@code -Dquire.ways=all}. */
    public static boolean areAllWanted() {
        return System.getProperty("quire.ways", "").equals("all");
    }

    /** Has the driver of this process work so. */
    public void choose(Emulator emulator) {
        emulator.set("SCHEDULE", schedule).set("SUMS", sums);
    }

    /** The same for a process that is to begin. */
    public Map<String, String> environment() {
        return Map.of("QUIRE_EMULATOR_SCHEDULE", schedule, "QUIRE_EMULATOR_SUMS", sums);
    }

    @Override
    public String toString() {
        return "schedule " + schedule + ", sums " + sums;
    }
}
