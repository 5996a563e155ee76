package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;

/** What the launches of a kernel did, by line of PTX and of its source. */
class LineCountsTest {
    private static final String CODE =
            """
            .reg .b64 %m, %n; .reg .b32 %t, %r0, %r1; .reg .pred %p; .shared .b8 room[8192];
            ld.param.u64 %m, [memory]; mov.u32 %t, %tid.x; mad.wide.u32 %n, %t, 4, %m; mov.u32 %r1, 0;
            again:
            .loc 1 40 0
            ld.global.u32 %r0, [%n];
            .loc 1 41 0
            ld.global.u32 %r0, [%m];
            .loc 1 42 0
            add.u32 %r1, %r1, 1; setp.lt.u32 %p, %r1, 5; @%p bra again;
            mul.lo.u32 %t, %t, 128; mov.u32 %r0, room; add.u32 %t, %t, %r0;
            .loc 1 43 0
            st.shared.u32 [%t], %r0; ret;
            """;

    @TempDir Path folder;

    @Test
    void linesAreCountedOverAllLaunchesOfAKernel() throws Exception {
        Path counts = folder.resolve("counts.jsonl");
        try (Emulator emulator = new Emulator()) {
            emulator.set("COUNTS", counts.toString());
            try (HandWritten card = new HandWritten()) {
                DeviceBuffer memory = card.buffer(new int[256]);
                Kernel kernel = card.kernel(CODE, "memory");
                for (int i = 0; i < 3; i++) {
                    card.run(kernel, Grid.row(2, 64), memory);
                }
            }
        }
        List<JsonNode> records = new ArrayList<>();
        for (String line : Files.readAllLines(counts)) {
            JsonNode record = new ObjectMapper().readTree(line);
            if (record.get("report").asText().equals("lines")) {
                records.add(record);
            }
        }
        assertEquals(2, records.size(), "after one launch and after two");
        assertEquals(2, records.getLast().get("launches").asInt());
        int warps = 2 * 4; // of two launches
        assertEquals("by_hand", records.getLast().get("kernel").asText());
        check(records.getLast(), 40, 5 * warps, 5 * warps * 128, 5 * warps * 4, 0);
        check(records.getLast(), 41, 5 * warps, 5 * warps * 128, 5 * warps, 0);
        check(records.getLast(), 43, 2 * warps, 0, 0, 32 * warps); // all lanes in one bank
    }

    private static void check(
            JsonNode record, int line, int instructions, int bytes, int sectors, int wavefronts) {
        int[] sums = new int[4];
        for (JsonNode one : record.get("lines")) {
            if (one.get("line").asInt() == line) {
                assertEquals("by_hand.cu", one.get("file").asText());
                assertTrue(one.get("ptxLine").asInt() > 5, one::toString);
                sums[0] += one.get("instructions").asInt();
                sums[1] += one.get("bytes").asInt();
                sums[2] += one.get("sectors").asInt();
                sums[3] += one.get("sharedWavefronts").asInt();
            }
        }
        assertEquals(instructions, sums[0], record::toString);
        assertEquals(bytes, sums[1], record::toString);
        assertEquals(sectors, sums[2], record::toString);
        assertEquals(wavefronts, sums[3], record::toString);
    }
}
