import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts what kernels are made of: {@code java KernelReport.java [COUNTS]}. Reads, for each module
 * in turn, the words of {@code ptxas -v}, the PTX lines that name kernels and their threads, and
 * the text of {@code nvdisasm -c}; prints a table. With a file of counts of the emulated driver a
 * second one, of what launches did.
 *
 * <p>The main loop is, among the loops that have none inside that does such work, the one with most
 * tensor operations, or where there are none the one that loads most bytes. What it does is counted
 * for one pass of one warp, as if each instruction ran once and for all lanes.
 */
final class KernelReport {
    private static final Pattern ENTRY =
            Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
    private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");
    private static final Pattern PTX_ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)");
    private static final Pattern THREADS = Pattern.compile("\\.maxntid (\\d+)");
    private static final Pattern SECTION = Pattern.compile("^\\.text\\.(\\w+):");
    private static final Pattern LABEL = Pattern.compile("^(\\.L_x_\\d+):");
    private static final Pattern INSTRUCTION =
            Pattern.compile(
                    "^\\s+/\\*[0-9a-f]+\\*/\\s+(@!?U?P\\w+\\s+)?([A-Z][A-Z0-9_.]*)\\s*(.*)");
    private static final Pattern TARGET = Pattern.compile("`\\((\\.L_x_\\d+)\\)");

    /** Of the emulated driver's counts, a line of JSON for each launch. */
    private static final Pattern COUNTED_KERNEL =
            Pattern.compile("^\\{\"report\":\"launch\",\"kernel\":\"(\\w+)\"");

    private static final Pattern COUNT = Pattern.compile("\"([a-zA-Z]+)\":(\\d+)");

    private static final int LANES = 32;

    /** What a multiprocessor has: threads, registers, shared bytes of all blocks. */
    private record Processor(int threads, int registers, int sharedBytes) {
        static Processor of(String architecture) {
            return switch (architecture) {
                case "sm_80" -> new Processor(2048, 65_536, 164 << 10);
                case "sm_86", "sm_89", "sm_120" -> new Processor(1536, 65_536, 100 << 10);
                default -> new Processor(2048, 65_536, 228 << 10);
            };
        }

        /** Blocks that fit, by registers in units of 8 a thread and 1 KiB of shared memory each. */
        int blocks(int blockThreads, int blockRegisters, int blockSharedBytes) {
            int perThread = Math.ceilDiv(blockRegisters, 8) * 8;
            int byThreads = threads / blockThreads;
            int byRegisters = registers / (perThread * blockThreads);
            int byShared = sharedBytes / (blockSharedBytes + 1024);
            return Math.min(Math.min(byThreads, byRegisters), Math.min(byShared, 32));
        }
    }

    /** Counts of some instructions. */
    private static final class Counts {
        int instructions;
        int tensor;
        int loadedBytes;
        int globalBytes;
        int sharedBytes;
        int barriers;
        int narrow;
        int local;

        void add(String name) {
            instructions++;
            String kind = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
            switch (kind) {
                case "HMMA", "IMMA", "HGMMA", "IGMMA", "QGMMA" -> tensor++;
                case "LDG", "STG", "LDGSTS" -> {
                    globalBytes += LANES * width(name);
                    loadedBytes += kind.equals("STG") ? 0 : LANES * width(name);
                    narrow += width(name) < 4 ? 1 : 0;
                }
                case "LDS", "STS" -> sharedBytes += LANES * width(name);
                case "LDSM", "STSM" ->
                        sharedBytes += name.contains(".4") ? 512 : name.contains(".2") ? 256 : 128;
                case "LDL", "STL" -> local++;
                case "BAR" -> barriers++;
                default -> {}
            }
        }

        private static int width(String name) {
            if (name.contains(".128")) {
                return 16;
            }
            if (name.contains(".64")) {
                return 8;
            }
            if (name.contains("16")) {
                return 2;
            }
            return name.contains("U8") || name.contains("S8") ? 1 : 4;
        }

        /** What makes a loop the main one: a number that no loop without such work reaches. */
        long work() {
            return ((long) tensor << 32) + loadedBytes;
        }
    }

    /** A kernel on an architecture. */
    private static final class Kernel {
        final String name;
        final String architecture;
        int registers;
        int sharedBytes;
        int threads;
        final List<String> instructions = new ArrayList<>();
        final List<String> targets = new ArrayList<>();
        final Map<String, Integer> labels = new HashMap<>();

        Kernel(String name, String architecture) {
            this.name = name;
            this.architecture = architecture;
        }

        /** That fit on a multiprocessor, dynamic shared memory aside. */
        int blocks() {
            return Processor.of(architecture).blocks(threads, registers, sharedBytes);
        }

        Counts counts(int from, int end) {
            Counts counts = new Counts();
            instructions.subList(from, end).forEach(counts::add);
            return counts;
        }

        /** What one pass of the main loop does; nothing where no loop does any work. */
        Counts mainLoop() {
            List<int[]> loops = new ArrayList<>();
            for (int i = 0; i < targets.size(); i++) {
                int start = labels.getOrDefault(targets.get(i), Integer.MAX_VALUE);
                if (start <= i && counts(start, i + 1).work() > 0) {
                    loops.add(new int[] {start, i + 1});
                }
            }
            Counts main = new Counts();
            for (int[] loop : loops) {
                Counts counts = counts(loop[0], loop[1]);
                boolean innermost =
                        loops.stream()
                                .noneMatch(
                                        other ->
                                                other != loop
                                                        && other[0] >= loop[0]
                                                        && other[1] <= loop[1]
                                                        && counts(other[0], other[1]).tensor > 0
                                                                == counts.tensor > 0);
                if (innermost && counts.work() > main.work()) {
                    main = counts;
                }
            }
            return main;
        }
    }

    private final Map<String, Kernel> kernels = new HashMap<>();
    private final List<Kernel> inOrder = new ArrayList<>();
    private String architecture = "";
    private Kernel current;

    public static void main(String[] arguments) throws IOException {
        var report = new KernelReport();
        try (var input = new BufferedReader(new InputStreamReader(System.in))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                report.read(line);
            }
        }
        report.print();
        if (arguments.length > 0) {
            printLaunches(Path.of(arguments[0]));
        }
    }

    private void read(String line) {
        Matcher matcher = INSTRUCTION.matcher(line);
        if (matcher.find()) {
            // Padding, and a load beside asynchronous copies that never happens.
            boolean counts = !matcher.group(2).equals("NOP") && !line.contains("@!PT");
            if (current != null && counts) {
                Matcher target = TARGET.matcher(matcher.group(3));
                boolean branch = matcher.group(2).startsWith("BRA");
                current.instructions.add(matcher.group(2));
                current.targets.add(branch && target.find() ? target.group(1) : "");
            }
        } else if ((matcher = LABEL.matcher(line)).find()) {
            current.labels.put(matcher.group(1), current.instructions.size());
        } else if ((matcher = SECTION.matcher(line)).find()
                || (matcher = PTX_ENTRY.matcher(line)).find()) {
            current = kernels.get(matcher.group(1) + " " + architecture);
        } else if ((matcher = THREADS.matcher(line)).find()) {
            current.threads = Integer.parseInt(matcher.group(1));
        } else if ((matcher = ENTRY.matcher(line)).find()) {
            architecture = matcher.group(2);
            current = new Kernel(matcher.group(1), architecture);
            kernels.put(current.name + " " + architecture, current);
            inOrder.add(current);
        } else if ((matcher = REGISTERS.matcher(line)).find()) {
            current.registers = Integer.parseInt(matcher.group(1));
            Matcher shared = SHARED.matcher(line);
            current.sharedBytes = shared.find() ? Integer.parseInt(shared.group(1)) : 0;
        }
    }

    private void print() {
        System.out.println(
                "kernel                         on       threads regs shared blocks  slots |"
                        + " loop: slots  global  shared tensor bytes/slot slots/tensor barriers");
        for (Kernel kernel : inOrder) {
            Counts all = kernel.counts(0, kernel.instructions.size());
            Counts loop = kernel.mainLoop();
            System.out.printf(
                    Locale.ROOT,
                    "%-30s %-8s %7s %4d %6d %6s %6d | %11d %7d %7d %6d %10s %12s %8d%s%n",
                    kernel.name,
                    kernel.architecture,
                    kernel.threads == 0 ? "-" : kernel.threads,
                    kernel.registers,
                    kernel.sharedBytes,
                    kernel.threads == 0 ? "-" : kernel.blocks(),
                    all.instructions,
                    loop.instructions,
                    loop.globalBytes,
                    loop.sharedBytes,
                    loop.tensor,
                    ratio(loop.globalBytes, loop.instructions),
                    ratio(loop.instructions, loop.tensor),
                    loop.barriers,
                    remarks(all));
        }
    }

    /** A line for each kernel: means of its launches, and how well their accesses fit together. */
    private static void printLaunches(Path file) throws IOException {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            Matcher name = COUNTED_KERNEL.matcher(line);
            if (!name.find()) {
                continue;
            }
            Map<String, Long> sums = all.computeIfAbsent(name.group(1), kernel -> new HashMap<>());
            sums.merge("launches", 1L, Long::sum);
            int end = line.indexOf('}');
            Matcher field = COUNT.matcher(line);
            while (field.find()) {
                String counted = field.start() < end ? "instructions" : field.group(1);
                sums.merge(counted, Long.parseLong(field.group(2)), Long::sum);
            }
        }
        System.out.println(
                "\nkernel                         launches | a launch: warp slots  global bytes"
                        + "  bytes/sector wavefronts/access async bytes tensor operations");
        all.forEach(
                (kernel, sums) -> {
                    long launches = sums.get("launches");
                    System.out.printf(
                            Locale.ROOT,
                            "%-30s %8d | %20d %13d %13s %17s %11d %17d%n",
                            kernel,
                            launches,
                            sums.get("instructions") / launches,
                            sums.get("globalBytes") / launches,
                            ratio(sums.get("globalBytes"), sums.get("sectors")),
                            ratio(sums.get("sharedWavefronts"), sums.get("sharedAccesses")),
                            sums.get("asyncBytes") / launches,
                            sums.get("tensorOperations") / launches);
                });
    }

    private static String ratio(long a, long b) {
        return b == 0 ? "-" : String.format(Locale.ROOT, "%.1f", (double) a / b);
    }

    private static String remarks(Counts all) {
        return (all.narrow > 0 ? "  " + all.narrow + " accesses of 1 or 2 bytes a lane" : "")
                + (all.local > 0 ? "  " + all.local + " of LOCAL memory" : "");
    }
}
