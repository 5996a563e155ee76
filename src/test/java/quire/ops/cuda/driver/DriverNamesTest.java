package quire.ops.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start says of a driver and its kernels, and where the emulated driver is found. */
class DriverNamesTest {
    @TempDir Path folder;

    @Test
    void bothKindsOfKernelModuleTellTheirRelease() {
        assertEquals(
                "535.129.03 ",
                DriverLibrary.release(
                        """
                        NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023
                        GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)
                        """));
        assertEquals(
                "570.86.15 ",
                DriverLibrary.release(
                        """
                        NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (builder@host)
                        """));
        assertEquals("", DriverLibrary.release(""));
        assertEquals("", DriverLibrary.release("GCC version:  gcc version 12.2.0"));
    }

    @Test
    void kernelsTellTheirCompiler() {
        assertEquals(
                "CUDA 12.8.93",
                SmallKernels.of(Map.of("manifest.txt", "CUDA 12.8.93\n0123  sum.cu\n")).compiler());
        assertEquals("an unknown compiler", SmallKernels.files().compiler());
    }

    @Test
    void theEmulatedDriverIsFoundAboveTheProgram() throws Exception {
        Path program = folder.resolve("target/quarkus-app/app/quire.jar");
        assertEquals(Optional.empty(), EmulatedDriver.above(program));
        Path built = folder.resolve("target/cuda-emulator/libcuda.so.1");
        Files.createDirectories(built);
        assertEquals(Optional.empty(), EmulatedDriver.above(program));
        Files.delete(built);
        Files.createFile(built);
        assertEquals(Optional.of(built), EmulatedDriver.above(program));
        assertEquals(Optional.of(built), EmulatedDriver.above(folder.resolve("target/classes")));
    }
}
