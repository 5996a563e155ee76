package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;

/** What a kernel does wrong is told with its kind and its place, as data. */
class ReportsTest {
    @TempDir Path folder;

    private Emulator emulator;
    private Path file;

    @BeforeEach
    void load() {
        emulator = new Emulator();
        file = folder.resolve("report.jsonl");
        emulator.set("REPORT", file.toString());
    }

    @AfterEach
    void forget() {
        if (emulator != null) {
            emulator.close();
        }
    }

    /** Of all but what was left in a context. */
    private JsonNode lastReport() throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode last = null;
        for (String line : Files.readAllLines(file)) {
            JsonNode report = mapper.readTree(line);
            last = report.get("kind").asText().equals("leak") ? last : report;
        }
        return last;
    }

    /** 64 threads; room is shared memory, m an address of 1 KiB, of which 512 bytes are written. */
    private JsonNode reportOf(String code) throws Exception {
        try (HandWritten card = new HandWritten()) {
            DeviceBuffer memory = new DeviceBuffer(card.context, 1024);
            card.stream.fill(memory.slice(0, 512), (byte) 0);
            String body =
                    """
                    .reg .b64 %m, %n, %k; .reg .b32 %t, %r<8>; .reg .pred %p, %q; .reg .f32 %f<4>;
                    .shared .align 16 .b8 room[1024];
                    ld.param.u64 %m, [memory]; mov.u32 %t, %tid.x; setp.eq.u32 %p, %t, 37;
                    .loc 1 99 0
                    """
                            + code
                            + "\nret;";
            Kernel kernel = card.kernel(body, "memory");
            assertThrows(DeviceLost.class, () -> card.run(kernel, Grid.row(1, 64), memory), code);
        }
        return lastReport();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "global-bounds    | 700 | @%p ld.global.u32 %r0, [%m+1024];",
                "global-bounds    | 700 | @%p st.global.u32 [%m+-4], %t;",
                "global-unwritten | 719 | @%p ld.global.u32 %r0, [%m+768];",
                "misaligned       | 716 | @%p ld.global.u32 %r0, [%m+2];",
                "shared-bounds    | 719 | @%p st.shared.u32 [room+1024], %t;",
                "shared-unwritten | 719 | @%p ld.shared.u32 %r0, [room+16];",
                "mbarrier         | 719 | @%p mbarrier.arrive.shared.b64 %n, [room];",
                "divergence       | 719 | @%p bar.sync 0;",
                "divergence       | 719 | @%p shfl.sync.idx.b32 %r0, %t, 0, 31, -1;",
                "barrier          | 719 | setp.gt.u32 %q, %t, 31; @%q bar.sync 1, 48;",
                "trap             | 719 | @%p trap;",
            })
    void aFaultIsToldWithItsPlace(String kind, int result, String code) throws Exception {
        JsonNode report = reportOf(code);
        assertEquals(kind, report.get("kind").asText(), report::toString);
        assertEquals(result, report.get("result").asInt(), report::toString);
        assertEquals("by_hand", report.get("kernel").asText());
        assertEquals(99, report.get("line").asInt());
        assertEquals("by_hand.cu", report.get("file").asText());
        assertEquals(1, report.get("warp").asInt(), report::toString);
        if (code.startsWith("@%p")) {
            assertEquals("[37,0,0]", report.get("thread").toString(), report::toString);
        }
        assertEquals(code.strip(), report.get("ptx").asText());
    }

    @Test
    void aWaitThatNobodyEndsIsADeadlock() throws Exception {
        JsonNode report =
                reportOf(
                        """
                        @%p bra waits; bra behind;
                        waits: exit;
                        behind: setp.lt.u32 %q, %t, 32; @%q bar.sync 1, 64;
                        """);
        assertEquals("deadlock", report.get("kind").asText(), report::toString);
        assertTrue(report.get("message").asText().contains("warp 0 at barrier 1"));
    }

    @Test
    void anEndlessLoopIsGivenUp() throws Exception {
        emulator.set("INSTRUCTIONS", "1000000");
        assertEquals("endless", reportOf("for_ever: bra for_ever;").get("kind").asText());
    }

    @Test
    void aCopyThatIsReadBeforeItIsThereIsTold() throws Exception {
        String copy =
                "mov.u32 %r0, room; mad.lo.u32 %r0, %t, 4, %r0;"
                        + " cp.async.ca.shared.global [%r0], [%m], 4; cp.async.commit_group;\n";
        JsonNode report = reportOf(copy + "ld.shared.u32 %r1, [%r0];");
        assertEquals("shared-pending", report.get("kind").asText(), report::toString);
        emulator.reset();
        emulator.set("REPORT", file.toString());
        report = reportOf("bra a; a: " + copy + "cp.async.wait_group 1; ld.shared.u32 %r1, [%r0];");
        assertEquals("shared-pending", report.get("kind").asText(), report::toString);
    }

    @Test
    void aMissingBarrierIsARaceInEverySchedule() throws Exception {
        emulator.set("RACES", "1");
        String code =
                """
                mov.u32 %r0, room; mad.lo.u32 %r1, %t, 4, %r0; st.shared.u32 [%r1], %t;
                sub.u32 %r2, 63, %t; mad.lo.u32 %r2, %r2, 4, %r0; WAIT
                ld.shared.u32 %r3, [%r2];
                """;
        JsonNode report = reportOf("bar.sync 0; " + code.replace("WAIT", "bar.warp.sync -1;"));
        assertTrue(
                List.of("shared-race", "shared-unwritten").contains(report.get("kind").asText()),
                report::toString);
        emulator.reset();
        emulator.set("RACES", "1");
        try (HandWritten card = new HandWritten()) {
            Kernel right =
                    card.kernel(
                            ".reg .b32 %t, %r<8>; .shared .b8 room[1024]; mov.u32 %t, %tid.x;\n"
                                    + code.replace("WAIT", "bar.sync 0;")
                                    + "ret;");
            card.run(right, Grid.row(2, 64));
        }
    }

    @Test
    void anUnknownInstructionIsRefusedWhenItIsLoaded() throws Exception {
        try (HandWritten card = new HandWritten()) {
            String body = ".reg .b32 %r0;\nmov.u32 %r0, 1;\nfrobnicate.b32 %r0, %r0;\nret;";
            CudaException refused = assertThrows(CudaException.class, () -> card.kernel(body));
            assertEquals(218, refused.code());
        }
        JsonNode report = lastReport();
        assertEquals("invalid-ptx", report.get("kind").asText());
        String message = report.get("message").asText();
        assertTrue(message.contains("PTX line 10: frobnicate.b32 %r0, %r0;"), message);
    }

    @Test
    void whatALaunchDoesIsCounted() throws Exception {
        Path counts = folder.resolve("counts.jsonl");
        emulator.set("COUNTS", counts.toString());
        try (HandWritten card = new HandWritten()) {
            DeviceBuffer memory = card.buffer(new int[256]);
            Kernel kernel =
                    card.kernel(
                            """
                            .reg .b64 %m, %n; .reg .b32 %t, %r0; .shared .b8 room[8192];
                            ld.param.u64 %m, [memory]; mov.u32 %t, %tid.x; mad.wide.u32 %n, %t, 4, %m;
                            ld.global.u32 %r0, [%n]; ld.global.u32 %r0, [%m];
                            mul.lo.u32 %t, %t, 128; mov.u32 %r0, room; add.u32 %t, %t, %r0;
                            st.shared.u32 [%t], %r0; ret;
                            """,
                            "memory");
            card.run(kernel, Grid.row(2, 64), memory);
        }
        JsonNode counted = new ObjectMapper().readTree(Files.readAllLines(counts).getLast());
        Map<String, Integer> wanted =
                Map.of(
                        "sectors", 4 * (4 + 1), // 128 bytes of each warp, and one that all read
                        "globalBytes", 4 * 2 * 128,
                        "sharedAccesses", 4,
                        "sharedWavefronts", 4 * 32); // all lanes in one bank
        wanted.forEach((name, n) -> assertEquals(n, counted.get(name).asInt(), name));
        assertEquals(8, counted.get("instructions").get("memory").asInt());
        assertEquals(4, counted.get("instructions").get("shared").asInt());
    }
}
