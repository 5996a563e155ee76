package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A build without a compiler passes, says so once, and leaves no driver of an earlier one. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is for POSIX shells")
class EmulatorBuildTest {
    @TempDir Path folder;

    private String build() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder("sh", "kernels-cuda/emulator/build.sh", folder.toString());
        builder.redirectErrorStream(true).environment().put("CXX", "no-such-compiler");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.strip();
    }

    @Test
    void aBuildWithoutACompilerPassesAndSaysSoOnce() throws Exception {
        Path earlier = Files.createFile(folder.resolve("libcuda.so.1"));
        String said = build();
        assertTrue(said.startsWith("kernels-cuda: the emulated driver is not built: "), said);
        assertTrue(said.contains("apt install g++"), said);
        assertFalse(Files.exists(earlier));
        assertEquals("", build());
    }
}
