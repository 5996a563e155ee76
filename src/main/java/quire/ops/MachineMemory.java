package quire.ops;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Memory of this machine, or of the container that the process runs in.
 *
 * @param totalBytes what there is
 * @param availableBytes what can be taken without pushing others out; file caches count as
 *     available
 */
public record MachineMemory(long totalBytes, long availableBytes) {

    private static final Path PROC_MEMINFO = Path.of("/proc/meminfo");
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");

    /** Asks the machine now. */
    public static MachineMemory now() {
        var system =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        return read(
                PROC_MEMINFO,
                CGROUP,
                new MachineMemory(system.getTotalMemorySize(), system.getFreeMemorySize()));
    }

    /**
     * The tighter of the host and the control group (version 2, or version 1's memory controller).
     *
     * @param otherwise what to believe where there is no {@code /proc/meminfo}
     */
    static MachineMemory read(Path meminfo, Path cgroup, MachineMemory otherwise) {
        OptionalLong total = kilobytes(meminfo, "MemTotal:");
        OptionalLong available = kilobytes(meminfo, "MemAvailable:");
        MachineMemory host =
                total.isPresent() && available.isPresent()
                        ? new MachineMemory(total.getAsLong(), available.getAsLong())
                        : otherwise;
        MachineMemory two = group(cgroup, "memory.max", "memory.current", host);
        Path one = cgroup.resolve("memory");
        return group(one, "memory.limit_in_bytes", "memory.usage_in_bytes", two);
    }

    private static MachineMemory group(
            Path folder, String limitFile, String usageFile, MachineMemory host) {
        OptionalLong limit = number(folder.resolve(limitFile));
        OptionalLong usage = number(folder.resolve(usageFile));
        if (limit.isEmpty() || usage.isEmpty() || limit.getAsLong() >= host.totalBytes) {
            return host;
        }
        long cache = statistic(folder.resolve("memory.stat"), "inactive_file ");
        long left = Math.max(0, limit.getAsLong() - usage.getAsLong() + cache);
        return new MachineMemory(limit.getAsLong(), Math.min(left, host.availableBytes));
    }

    private static OptionalLong kilobytes(Path file, String key) {
        long value = statistic(file, key);
        return value == 0 ? OptionalLong.empty() : OptionalLong.of(value * 1024);
    }

    /** The number behind a key at the start of a line, 0 where file or key is missing. */
    private static long statistic(Path file, String key) {
        if (!Files.isReadable(file)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(key.length()).strip().split(" ")[0])
                    .mapToLong(Long::parseLong)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** A file's only number; empty where it is missing or says "max". */
    private static OptionalLong number(Path file) {
        if (!Files.isReadable(file)) {
            return OptionalLong.empty();
        }
        try {
            String text = Files.readString(file).strip();
            return text.equals("max")
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(text));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
