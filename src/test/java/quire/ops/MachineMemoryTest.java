package quire.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineMemoryTest {

    private static final MachineMemory OTHERWISE = new MachineMemory(7, 5);

    @TempDir Path folder;

    private MachineMemory read() throws IOException {
        Files.writeString(
                folder.resolve("meminfo"),
                "MemTotal:       16000000 kB\nMemFree: 100 kB\nMemAvailable:    8000000 kB\n");
        return MachineMemory.read(folder.resolve("meminfo"), folder, OTHERWISE);
    }

    private void group(String name, String value) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), value);
    }

    @Test
    void withoutAContainerTheHostCounts() throws IOException {
        group("memory.max", "max\n");
        group("memory.current", "1000\n");
        assertEquals(new MachineMemory(16_384_000_000L, 8_192_000_000L), read());
    }

    @Test
    void aContainersLimitCountsAndItsFileCacheIsAvailable() throws IOException {
        group("memory.max", "4000000000\n");
        group("memory.current", "3000000000\n");
        group("memory.stat", "anon 1\ninactive_file 500000000\n");
        assertEquals(new MachineMemory(4_000_000_000L, 1_500_000_000L), read());
    }

    @Test
    void anOlderControllersLimitCountsToo() throws IOException {
        group("memory/memory.limit_in_bytes", "2000000000\n");
        group("memory/memory.usage_in_bytes", "500000000\n");
        assertEquals(new MachineMemory(2_000_000_000L, 1_500_000_000L), read());
    }

    @Test
    void aLimitAboveTheMachineIsNone() throws IOException {
        group("memory/memory.limit_in_bytes", "9223372036854771712\n");
        group("memory/memory.usage_in_bytes", "500000000\n");
        assertEquals(16_384_000_000L, read().totalBytes());
    }

    @Test
    void withoutLinuxTheJvmIsBelieved() {
        assertEquals(OTHERWISE, MachineMemory.read(folder.resolve("none"), folder, OTHERWISE));
    }
}
