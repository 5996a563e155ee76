package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.Grid;

/** What blocks of one launch, or warps of one block, do to the same bytes of global memory. */
class GlobalMemoryTest extends ReportedTests {
    private static final Grid ROW = Grid.row(4, 64);

    /** Four blocks write sums of their own, whoever comes last adds them up. */
    private static final String TICKET =
            """
            mad.wide.u32 %n, %b, 256, %m; mad.wide.u32 %n, %t, 4, %n; add.u32 %r1, %t, 100;
            st.global.u32 [%n+1024], %r1;
            BEFORE
            bar.sync 0;
            AFTER
            @%first ATOMIC %r0, [%m], 1;
            @%first st.shared.u32 [room], %r0; bar.sync 0; ld.shared.u32 %r0, [room];
            setp.ne.u32 %p, %r0, 10; @%p exit;
            LAST
            sub.u32 %r2, 63, %t; mad.wide.u32 %n, %r2, 4, %m; mov.u32 %r1, 0;
            ld.global.u32 %r0, [%n+1024]; add.u32 %r1, %r1, %r0;
            ld.global.u32 %r0, [%n+1280]; add.u32 %r1, %r1, %r0;
            ld.global.u32 %r0, [%n+1536]; add.u32 %r1, %r1, %r0;
            ld.global.u32 %r0, [%n+1792]; add.u32 %r1, %r1, %r0;
            mad.wide.u32 %n, %t, 4, %m; st.global.u32 [%n+512], %r1;
            """;

    private static String ticket(String before, String after, String atomic, String last) {
        return TICKET.replace("BEFORE", before)
                .replace("AFTER", after)
                .replace("ATOMIC", atomic.isEmpty() ? "atom.global.add.u32" : atomic)
                .replace("LAST", last);
    }

    private static void addedUp(int[] memory) {
        for (int t = 0; t < 64; t++) {
            assertEquals(4 * (163 - t), memory[128 + t], Arrays.toString(memory));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "membar.gl;,,,membar.gl;",
        "fence.acq_rel.gpu;,,,fence.acq_rel.gpu;",
        ",@%first membar.gl;,,@%first membar.gl; bar.sync 0;",
        ",,atom.acq_rel.gpu.global.add.u32,",
        ",,atom.release.gpu.global.add.u32,fence.acq_rel.gpu;",
    })
    void whatFencesAndAtomicsOrderIsNoRace(
            String before, String after, String atomic, String last) {
        String code = ticket(text(before), text(after), text(atomic), text(last));
        for (String schedule : new String[] {"forward", "reverse", "7", "8"}) {
            addedUp(reports.with("SCHEDULE", schedule, "RACES", "1").silent(code, ROW));
            addedUp(reports.with("SCHEDULE", schedule, "STORES", "late").silent(code, ROW));
        }
    }

    @ParameterizedTest
    @CsvSource({
        ",,,membar.gl;",
        "membar.gl;,,,",
        "membar.cta;,,,membar.gl;",
        "fence.acq_rel.cta;,,,fence.acq_rel.gpu;",
        "membar.gl;,,atom.relaxed.cta.global.add.u32,membar.gl;",
        ",@%first membar.gl;,,@%first membar.cta; bar.sync 0;",
        ",,atom.acquire.gpu.global.add.u32,membar.gl;",
        ",,atom.release.gpu.global.add.u32,",
    })
    void aFenceThatIsMissingAtATicketIsARaceInEverySchedule(
            String before, String after, String atomic, String last) {
        String code = ticket(text(before), text(after), text(atomic), text(last));
        for (String schedule : new String[] {"forward", "reverse", "7", "8"}) {
            JsonNode report = reports.with("SCHEDULE", schedule, "RACES", "1").of(code, ROW);
            assertEquals("global-race", report.get("kind").asText(), report::toString);
            assertTrue(report.get("ptx").asText().startsWith("ld.global.u32"), report::toString);
            String message = report.get("message").asText();
            assertTrue(
                    message.matches(
                            ".*read is not ordered after the write by block .*at line 14 "
                                    + "\\(by_hand.cu:99\\).*"),
                    message);
        }
    }

    private static String text(String cell) {
        return cell == null ? "" : cell;
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7", "8"})
    void storesThatNoFenceHasShownAreNotThere(String schedule) {
        reports.with("SCHEDULE", schedule, "STORES", "late");
        int[] memory = reports.silent(ticket("", "", "", "membar.gl;"), ROW);
        int stale = 0;
        for (int t = 0; t < 64; t++) {
            stale += memory[128 + t] == 4 * (163 - t) ? 0 : 1;
        }
        assertTrue(stale > 32, stale + " of 64 sums are wrong");
        for (int b = 0; b < 4; b++) { // at the end they are
            for (int t = 0; t < 64; t++) {
                assertEquals(t + 100, memory[256 + 64 * b + t]);
            }
        }
    }

    @Test
    void blocksThatWriteTheSameWordRace() {
        reports.with("RACES", "1");
        String code = "add.u32 %r0, %b, 40;\nst.global.u32 [%m], %r0;";
        reports.expect("global-race", "st.global.u32 [%m], %r0;", code, Grid.row(2, 1));
        reports.silent(code.replace("%b", "9"), Grid.row(2, 1)); // one value
        String bytes =
                "add.u32 %r0, %b, 40; cvt.u64.u32 %n, %b; add.u64 %n, %n, %m; st.global.u8 [%n], %r0;";
        int[] memory = reports.silent(bytes, Grid.row(4, 1)); // each its own byte of a word
        assertEquals(0x2b2a2928, memory[0]);
        reports.with("RACES", "1", "STORES", "late", "SCHEDULE", "7");
        assertEquals(0x2b2a2928, reports.silent(bytes, Grid.row(4, 1))[0]);
    }

    @Test
    void warpsOfABlockRaceWithoutABarrier() {
        reports.with("RACES", "1");
        String code =
                """
                mad.wide.u32 %n, %t, 4, %m;
                st.global.u32 [%n], %t;
                WAIT
                sub.u32 %r0, 63, %t; mad.wide.u32 %n, %r0, 4, %m;
                ld.global.u32 %r1, [%n];
                """;
        reports.expect(
                "global-race",
                "st.global.u32 [%n], %t;", // of warp 1, after warp 0 has read
                code.replace("WAIT", "bar.warp.sync -1;"),
                Grid.row(1, 64));
        reports.silent(code.replace("WAIT", "bar.sync 0;"), Grid.row(1, 64));
    }

    @Test
    void anAtomicRacesWithAPlainStore() {
        reports.with("RACES", "1");
        String code =
                """
                setp.ne.u32 %p, %b, 0; @%p bra counts;
                st.global.u32 [%m], 0; exit;
                counts:
                atom.global.add.u32 %r0, [%m], 1;
                """;
        reports.expect("global-race", "atom.global.add.u32 %r0, [%m], 1;", code, Grid.row(2, 1));
        reports.silent("atom.global.add.u32 %r0, [%m], 1;", Grid.row(2, 64));
        String loop =
                """
                ld.global.u32 %r0, [%m];
                again: mov.u32 %r1, %r0; add.u32 %r2, %r1, 1; atom.global.cas.b32 %r0, [%m], %r1, %r2;
                setp.ne.u32 %p, %r0, %r1; @%p bra again;
                """;
        assertEquals(7 + 128, reports.silent(loop, Grid.row(2, 64))[0]);
    }

    @Test
    void whatIsReadAsConstantMustNotBeWrittenByTheSameLaunch() {
        reports.with("RACES", "1");
        String code = "st.global.u32 [%m], 3;\nLOAD.u32 %r0, [%m];";
        reports.expect(
                "read-only",
                "ld.global.nc.u32 %r0, [%m];",
                code.replace("LOAD", "ld.global.nc"),
                Grid.row(1, 1));
        reports.silent(code.replace("LOAD", "ld.global"), Grid.row(1, 1));
        reports.silent("ld.global.nc.u32 %r0, [%m];\nst.global.u32 [%m+4], 3;", Grid.row(2, 1));
    }
}
