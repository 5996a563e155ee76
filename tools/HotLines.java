import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Prints where kernels spend their slots: {@code java HotLines.java COUNTS}, a file that the
 * emulated driver wrote under {@code QUIRE_EMULATOR_COUNTS}. For each kernel the lines of its
 * source (of its PTX, where nothing says what source it is from) that take most, until they are
 * {@link #ENOUGH} percent or {@link #MOST} lines.
 */
final class HotLines {
    private static final int MOST = 8;
    private static final int ENOUGH = 80;
    private static final int SECTOR_BYTES = 32;

    private static final Pattern KERNEL =
            Pattern.compile("^\\{\"report\":\"lines\",\"kernel\":\"(\\w+)\",\"launches\":(\\d+)");
    private static final Pattern LINE =
            Pattern.compile(
                    "\\{\"ptxLine\":(\\d+),\"file\":\"([^\"]*)\",\"line\":(\\d+),\"instructions\":(\\d+),"
                            + "\"bytes\":(\\d+),\"sectors\":(\\d+),\"sharedWavefronts\":(\\d+)\\}");

    private HotLines() {}

    /** What a line took: slots of warps, bytes and sectors of global memory, wavefronts. */
    private record Taken(String where, long slots, long bytes, long sectors, long wavefronts) {
        Taken plus(Taken o) {
            return new Taken(
                    where,
                    slots + o.slots,
                    bytes + o.bytes,
                    sectors + o.sectors,
                    wavefronts + o.wavefronts);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Map<String, String> last = new LinkedHashMap<>(); // of each kernel: it has all before it
        try (Stream<String> lines = Files.lines(Path.of(arguments[0]))) {
            lines.forEach(
                    line -> {
                        Matcher kernel = KERNEL.matcher(line);
                        if (kernel.find()) {
                            last.put(kernel.group(1), line);
                        }
                    });
        }
        last.forEach(HotLines::print);
    }

    private static void print(String kernel, String record) {
        Map<String, Taken> byPlace = new HashMap<>();
        Matcher line = LINE.matcher(record);
        while (line.find()) {
            boolean known = !line.group(3).equals("0");
            String file = line.group(2).replaceAll(".*/", "");
            String where = known ? file + ":" + line.group(3) : "PTX line " + line.group(1);
            Taken taken =
                    new Taken(
                            where,
                            number(line, 4),
                            number(line, 5),
                            number(line, 6),
                            number(line, 7));
            byPlace.merge(where, taken, Taken::plus);
        }
        List<Taken> all = new ArrayList<>(byPlace.values());
        all.sort((a, b) -> Long.compare(b.slots, a.slots));
        long slots = all.stream().mapToLong(Taken::slots).sum();
        System.out.printf(
                Locale.ROOT,
                "%n%s: %,d slots%n%-28s %14s %6s %14s %8s %12s%n",
                kernel,
                slots,
                "line",
                "slots",
                "%",
                "bytes",
                "full %",
                "wavefronts");
        long shown = 0;
        for (int i = 0; i < Math.min(MOST, all.size()) && shown * 100 < slots * ENOUGH; i++) {
            Taken t = all.get(i);
            shown += t.slots;
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %,14d %6.1f %,14d %8s %,12d%n",
                    t.where,
                    t.slots,
                    100.0 * t.slots / slots,
                    t.bytes,
                    t.sectors == 0 ? "" : 100 * t.bytes / (t.sectors * SECTOR_BYTES),
                    t.wavefronts);
        }
    }

    private static long number(Matcher line, int group) {
        return Long.parseLong(line.group(group));
    }
}
