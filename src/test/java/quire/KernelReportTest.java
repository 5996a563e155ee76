package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of tools/kernel-report from the words of compiler and disassembler. */
class KernelReportTest {

    private static final String WORDS =
            """
            ptxas info    : Compiling entry function 'product' for 'sm_90a'
            ptxas info    : Function properties for product
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 97 registers, used 1 barriers, 36864 bytes smem, 464 bytes cmem[0]
            ptxas info    : Compiling entry function 'copy' for 'sm_90a'
            ptxas info    : Used 20 registers, used 0 barriers, 464 bytes cmem[0]
            .visible .entry product(
            .maxntid 128, 1, 1
            .visible .entry copy(
            product:
            .text.product:
                    /*0000*/                   LDC R1, c[0x0][0x28] ;
            .L_x_0:
                    /*0010*/                   STS.128 [R8], RZ ;
                    /*0020*/               @P0 BRA `(.L_x_0) ;
            .L_x_1:
                    /*0030*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
            .L_x_2:
                    /*0040*/                   LDGSTS.E.BYPASS.128 [R5], desc[UR4][R2.64] ;
                    /*0050*/              @!PT LDS RZ, [RZ] ;
                    /*0060*/              @!P1 BRA `(.L_x_2) ;
                    /*0070*/                   LDSM.16.M88.4 R4, [R7] ;
                    /*0080*/                   HMMA.16816.F32.BF16 R20, R4, R8, R20 ;
                    /*0090*/                   HMMA.16816.F32.BF16 R24, R4, R9, R24 ;
                    /*00a0*/               @P2 BRA `(.L_x_1) ;
                    /*00b0*/                   STG.E.U16 desc[UR4][R2.64], R20 ;
                    /*00c0*/                   EXIT ;
                    /*00d0*/                   NOP ;
            copy:
            .text.copy:
            .L_x_3:
                    /*0000*/                   LDG.E.64 R4, desc[UR4][R2.64] ;
                    /*0010*/                   STG.E.64 desc[UR4][R6.64], R4 ;
                    /*0020*/               @P0 BRA `(.L_x_3) ;
                    /*0030*/                   STL [R1], R4 ;
                    /*0040*/                   EXIT ;
            """;

    private static final String COUNTS =
            """
            {"report":"launch","kernel":"copy","grid":[2,1,1],"block":[64,1,1],"instructions":{"integer":10,"memory":6},\
            "globalBytes":4096,"sectors":128,"sharedAccesses":0,"sharedWavefronts":0,"asyncBytes":0,"tensorOperations":0,\
            "barriers":0,"serializedWgmma":0}
            {"report":"fault","kernel":"copy"}
            {"report":"launch","kernel":"copy","grid":[1,1,1],"block":[64,1,1],"instructions":{"integer":4,"memory":2},\
            "globalBytes":2048,"sectors":128,"sharedAccesses":2,"sharedWavefronts":8,"asyncBytes":0,"tensorOperations":64,\
            "barriers":0,"serializedWgmma":0}
            """;

    @TempDir Path folder;

    private static List<String> report(String words, String... counts)
            throws IOException, InterruptedException {
        return run("tools/KernelReport.java", words, counts);
    }

    private static List<String> run(String program, String words, String... counts)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.add(program);
        command.addAll(List.of(counts));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var input = process.getOutputStream()) {
            input.write(words.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines().map(line -> line.replaceAll(" +", " ")).toList();
    }

    @Test
    void theMainLoopIsTheOneWithTheTensorOperationsAndWhatIsInside() throws Exception {
        // A barrier, a copy, two branches, a load of four matrices, two products; 97 registers are
        // taken as 104, so that 4 blocks of 128 threads fit.
        assertEquals(
                "product sm_90a 128 97 36864 4 12 | 7 512 512 2 73.1 3.5 1"
                        + " 1 accesses of 1 or 2 bytes a lane",
                report(WORDS).get(1));
    }

    @Test
    void withoutTensorOperationsItIsTheOneThatLoadsMost() throws Exception {
        assertEquals(
                "copy sm_90a - 20 0 - 5 | 3 512 0 0 170.7 - 0 1 of LOCAL memory",
                report(WORDS).get(2));
    }

    @Test
    void aKernelWithoutALoopHasNone() throws Exception {
        String flat = WORDS.replaceAll("(?m)^.*BRA.*\n", "");
        assertTrue(report(flat).get(2).endsWith("| 0 0 0 0 - - 0 1 of LOCAL memory"), flat);
    }

    @Test
    void whatLaunchesDidIsTheirMean() throws Exception {
        Path file = Files.writeString(folder.resolve("counts.jsonl"), COUNTS);
        List<String> lines = report(WORDS, file.toString());
        assertEquals("copy 2 | 11 3072 24.0 4.0 0 32", lines.getLast());
    }

    @Test
    void theHottestLinesComeFirst() throws Exception {
        String line =
                "{\"ptxLine\":%d,\"file\":\"a/%s\",\"line\":%d,\"instructions\":%d,\"bytes\":%d,"
                        + "\"sectors\":%d,\"sharedWavefronts\":%d}";
        String record =
                "{\"report\":\"lines\",\"kernel\":\"copy\",\"launches\":%d,\"lines\":[%s]}\n";
        String old = record.formatted(1, line.formatted(9, "x.cu", 3, 1, 0, 0, 0));
        String all =
                String.join(
                        ",",
                        line.formatted(9, "x.cu", 3, 100, 0, 0, 0),
                        line.formatted(10, "x.cu", 4, 250, 6400, 400, 0),
                        line.formatted(11, "x.cu", 4, 250, 0, 0, 500),
                        line.formatted(12, "", 0, 400, 0, 0, 0));
        Path counts = Files.writeString(folder.resolve("counts"), old + record.formatted(2, all));
        assertEquals(
                List.of(
                        "copy: 1,000 slots",
                        "line slots % bytes full % wavefronts",
                        "x.cu:4 500 50.0 6,400 50 500",
                        "PTX line 12 400 40.0 0 0"),
                run("tools/HotLines.java", "", counts.toString()).stream()
                        .filter(text -> !text.isBlank())
                        .toList());
    }
}
