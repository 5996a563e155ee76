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
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that put CUDA kernels into the program, beside a compiler that only copies. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the kernels need Linux")
class CudaBuildTest {
    private static final String WITHIN =
            """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'sum' for 'sm_80'
            ptxas info    : Function properties for sum
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 40 registers, used 1 barriers, 64 bytes smem
            ptxas info    : Compiling entry function 'sum' for 'sm_90a'
            ptxas info    : Function properties for sum
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 38 registers, used 1 barriers, 64 bytes smem, 416 bytes cmem[0]
            """;

    @TempDir Path folder;

    private record Run(int status, String output) {}

    @BeforeEach
    void copy() throws IOException {
        for (String name :
                List.of("kernels-cuda/build.sh", "kernels-cuda/sources.sh", ".mvn/find-jdk.sh")) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.copy(Path.of(name), folder.resolve(name));
        }
        write("kernels-cuda/sum.cu", "one state");
        write("kernels-cuda/sum.cuh", "a header");
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String read(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    private static Run run(Path input, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(input.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output.strip());
    }

    private String sh(String script, String argument) throws Exception {
        Run run =
                run(
                        Path.of("/dev/null"),
                        "sh",
                        folder.resolve(script).toString(),
                        folder.resolve(argument).toString());
        assertEquals(0, run.status(), run.output());
        return run.output();
    }

    private String build() throws Exception {
        return sh("kernels-cuda/build.sh", "out");
    }

    private void archive() throws Exception {
        String manifest = "CUDA 12.8.93\n" + sh("kernels-cuda/sources.sh", "kernels-cuda") + "\n";
        Path file = folder.resolve("kernels-cuda/ptx.zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (List<String> entry :
                    List.of(
                            List.of("manifest.txt", manifest),
                            List.of("compute_80/sum.ptx", "archived"))) {
                zip.putNextEntry(new ZipEntry(entry.get(0)));
                zip.write(entry.get(1).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void compiler() throws IOException {
        write("target/cuda-toolchain/complete", "");
        write(
                "tools/cuda-toolchain",
                """
                #!/bin/sh
                mkdir -p "$2/sm_80" "$2/compute_80"
                cp "$1/sum.cu" "$2/compute_80/sum.ptx"
                { echo "CUDA 12.8.93"; sh "$1/sources.sh" "$1"; } >"$2/manifest.txt"
                """);
        Files.setPosixFilePermissions(
                folder.resolve("tools/cuda-toolchain"),
                PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void withoutACompilerThePtxComesFromTheArchive() throws Exception {
        archive();
        assertEquals("kernels-cuda: PTX from ptx.zip", build());
        assertEquals("archived", read("out/compute_80/sum.ptx"));
        assertEquals("", build());
    }

    @Test
    void anArchiveOfOtherSourcesIsToldEachTime() throws Exception {
        archive();
        write("kernels-cuda/sum.cuh", "another header");
        for (int i = 0; i < 2; i++) {
            String words = build();
            assertTrue(words.contains("OTHER SOURCES"), words);
            assertTrue(words.contains("tools/update-ptx"), words);
        }
        assertEquals("archived", read("out/compute_80/sum.ptx"));
    }

    @Test
    void withACompilerWhatChangedIsCompiled() throws Exception {
        archive();
        build();
        compiler();
        assertEquals("kernels-cuda: compiled with CUDA 12.8.93", build());
        assertEquals("one state", read("out/compute_80/sum.ptx"));
        assertEquals("", build());
        write("kernels-cuda/sum.cu", "another state");
        build();
        assertEquals("another state", read("out/compute_80/sum.ptx"));
        assertFalse(read("out/manifest.txt").contains(folder.toString()), "names folders");
    }

    private Run budget(String words, String... table) throws Exception {
        write("ptxas.txt", words);
        write("budget.tsv", "kernel\tregisters\tshared bytes\n" + String.join("\n", table));
        return run(folder.resolve("ptxas.txt"), budgetCommand(List.of()));
    }

    private String[] budgetCommand(List<String> more) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "tools/KernelBudget.java",
                                folder.resolve("budget.tsv").toString()));
        command.addAll(more);
        return command.toArray(String[]::new);
    }

    @Test
    void kernelsWithinTheirBudgetPass() throws Exception {
        assertEquals(new Run(0, "1 kernels are within budget.tsv"), budget(WITHIN, "sum\t40\t64"));
        run(folder.resolve("ptxas.txt"), budgetCommand(List.of("--write")));
        assertEquals("kernel\tregisters\tshared bytes\nsum\t40\t64\n", read("budget.tsv"));
    }

    @Test
    void whateverIsBeyondTheBudgetIsNamed() throws Exception {
        assertEquals(
                new Run(1, "sum takes 40 registers and 64 shared bytes; allowed are 39 and 64"),
                budget(WITHIN, "sum\t39\t64"));
        assertEquals(1, budget(WITHIN, "sum\t40\t63").status());
        assertEquals(
                new Run(1, "sum is not in the table\nproduct is in the table and nowhere else"),
                budget(WITHIN, "product\t40\t64"));
        for (String words :
                List.of(
                        WITHIN.replaceFirst("0 bytes stack", "16 bytes stack"),
                        WITHIN.replaceFirst("0 bytes spill stores", "4 bytes spill stores"),
                        WITHIN.replaceFirst("0 bytes spill loads", "4 bytes spill loads"),
                        WITHIN.replaceFirst("64 bytes smem", "64 bytes smem, 8 bytes lmem"))) {
            Run run = budget(words, "sum\t40\t64");
            assertEquals(1, run.status(), words);
            assertTrue(run.output().startsWith("sum on sm_80: "), run.output());
        }
        String trouble = "ptxas info    : (C7510) wgmma is serialized in function 'sum'";
        assertEquals(new Run(1, trouble), budget(trouble + "\n" + WITHIN, "sum\t40\t64"));
        assertEquals(1, budget("ptxas fatal   : no such file\n" + WITHIN, "sum\t40\t64").status());
    }
}
