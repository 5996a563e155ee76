package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which CUDA compiler {@code tools/cuda-toolchain} takes, beside ones that only copy. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the kernels need Linux")
class CudaToolchainTest {
    private static final String COPYING_COMPILER =
            """
            import java.nio.file.*;
            final class Nvrtc {
                public static void main(String[] args) throws Exception {
                    Files.createDirectories(Path.of(args[2]));
                    for (int i = 3; i < args.length; i++) {
                        Files.copy(Path.of(args[i]), Path.of(args[2], "sum.ptx"));
                    }
                }
            }
            """;

    @TempDir Path folder;

    private record Run(int status, String output) {}

    @BeforeEach
    void copy() throws IOException {
        for (String name :
                List.of("tools/cuda-toolchain", "kernels-cuda/sources.sh", ".mvn/find-jdk.sh")) {
            write(name, Files.readString(Path.of(name)));
        }
        write("tools/Nvrtc.java", COPYING_COMPILER);
        write("kernels-cuda/sum.cu", "a kernel");
        write("kernels-cuda/sum.cuh", "a header");
        // No test fetches anything: there is a python3 without pip.
        write("bin/python3", "#!/bin/sh\nexit 1\n");
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A toolkit of that version in a folder of that name. */
    private void toolkit(String name, String version) throws IOException {
        write(
                name + "/bin/nvcc",
                "#!/bin/sh\necho 'Cuda compilation tools, release 12, V" + version + "'\n");
        write(name + "/bin/ptxas", "#!/bin/sh\ncp \"$2\" \"$4\"\n");
        write(name + "/lib64/libnvrtc.so.12", "");
    }

    private Run run(String toolkit, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("sh", folder.resolve("tools/cuda-toolchain").toString()));
        Stream.of(arguments).map(this::inFolder).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("CUDA_HOME", folder.resolve(toolkit).toString());
        builder.environment().merge("PATH", "", (path, none) -> folder.resolve("bin") + ":" + path);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output.strip().replace(folder + "/", ""));
    }

    private String inFolder(String argument) {
        return argument.matches("\\d+a?|none") ? argument : folder.resolve(argument).toString();
    }

    @Test
    void thisMachinesToolkitOf12IsTakenAndSaidOnce() throws Exception {
        toolkit("cuda", "12.8.61");
        String said = "cuda-toolchain: CUDA 12.8.61 of this machine, cuda/bin/nvcc";
        assertEquals(new Run(0, said), run("cuda"));
        assertEquals(new Run(0, ""), run("cuda", "kernels-cuda", "out", "80", "120"));
        for (String file :
                List.of("compute_80/sum.ptx", "compute_90a/sum.ptx", "sm_120/sum.cubin")) {
            assertEquals("a kernel", Files.readString(folder.resolve("out").resolve(file)));
        }
        String manifest = Files.readString(folder.resolve("out/manifest.txt"));
        assertTrue(manifest.startsWith("CUDA 12.8.61\n"), manifest);
    }

    @Test
    void anOlderOneOf12LeavesOutWhatItDoesNotKnowAndSaysSo() throws Exception {
        toolkit("cuda", "12.4.131");
        run("cuda");
        Run compiled = run("cuda", "kernels-cuda", "out", "90a", "100");
        assertEquals(
                new Run(
                        0,
                        "cuda-toolchain: no machine code for sm_100, which CUDA 12.4.131 does not"
                                + " know; its cards get PTX"),
                compiled);
        assertTrue(Files.exists(folder.resolve("out/sm_90a/sum.cubin")));
        assertFalse(Files.exists(folder.resolve("out/sm_100")));
    }

    /** The wheels then do it, which here there are as fetched before. */
    @Test
    void oneOf13IsRefusedWithTheReason() throws Exception {
        toolkit("cuda", "13.0.88");
        Run without = run("cuda");
        assertEquals(1, without.status());
        assertTrue(
                without.output().contains("there is no pip: install python3-pip"),
                without.output());
        assertFalse(Files.exists(folder.resolve("target/cuda-toolchain/complete")));
        write("target/cuda-toolchain/nvidia/cuda_nvcc/bin/ptxas", "");
        assertEquals(
                new Run(
                        0,
                        "cuda-toolchain: CUDA 12.8.93 of wheels, for cuda/bin/nvcc is CUDA 13.0.88,"
                                + " whose code needs drivers from 580 on"),
                run("cuda"));
    }

    @Test
    void whatIsKeptIsMadeByTheWheelsInAnyCase() throws Exception {
        toolkit("cuda", "12.8.61");
        write("target/cuda-toolchain/nvidia/cuda_nvcc/bin/ptxas", "");
        for (String tool : List.of("update-ptx", "kernel-budget", "kernel-report", "gpu-kit")) {
            String script = Files.readString(Path.of("tools", tool));
            long calls = script.lines().filter(line -> line.contains("/cuda-toolchain\"")).count();
            long pinned =
                    script.lines()
                            .filter(line -> line.startsWith("QUIRE_CUDA_TOOLCHAIN=wheels "))
                            .count();
            assertEquals(calls, pinned, tool);
        }
        write(
                "tools/cuda-toolchain",
                "QUIRE_CUDA_TOOLCHAIN=wheels\n"
                        + Files.readString(Path.of("tools/cuda-toolchain")));
        assertEquals(
                new Run(
                        0,
                        "cuda-toolchain: CUDA 12.8.93 of wheels, for QUIRE_CUDA_TOOLCHAIN says so"),
                run("cuda"));
    }

    @Test
    void aToolkitWithoutNvrtcIsNotTaken() throws Exception {
        toolkit("cuda", "12.8.61");
        Files.delete(folder.resolve("cuda/lib64/libnvrtc.so.12"));
        write("target/cuda-toolchain/nvidia/cuda_nvcc/bin/ptxas", "");
        String said = run("cuda").output();
        assertTrue(said.contains("has no ptxas beside it or no libnvrtc.so.12"), said);
    }
}
