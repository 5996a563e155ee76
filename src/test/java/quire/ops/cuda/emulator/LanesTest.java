package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.Grid;

/** Lanes of a warp that wait for each other, and meet again afterwards. */
class LanesTest extends ReportedTests {
    /** Each thread notes what its neighbour tells it. */
    private static final String MEET =
            """
            bar.warp.sync -1;
            shfl.sync.bfly.b32 %r2, %t, 1, 31, -1; bar.sync 0;
            mad.wide.u32 %n, %t, 4, %m; st.global.u32 [%n+1024], %r2;
            """;

    private static final String LOCK =
            """
            again: atom.global.cas.b32 %r0, [%m], 7, 1; setp.ne.u32 %p, %r0, 7; @%p bra again;
            ld.volatile.global.u32 %r1, [%m+4]; add.u32 %r1, %r1, 1; st.volatile.global.u32 [%m+4], %r1;
            membar.gl; atom.global.exch.b32 %r0, [%m], 7;
            """;

    private int[] met(String schedule, String code, int threads) {
        int[] memory = reports.with("SCHEDULE", schedule).silent(code + MEET, Grid.row(1, threads));
        for (int t = 0; t < threads; t++) {
            assertEquals(t ^ 1, memory[256 + t], Arrays.toString(memory));
        }
        return memory;
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7", "8"})
    void eachLaneHasALockInItsTurn(String schedule) {
        assertEquals(7 + 32, met(schedule, LOCK, 32)[1]);
        assertEquals(7 + 96, met(schedule, LOCK, 96)[1]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "31"})
    void aLaneWaitsForOneOfTheOtherSide(String waits) {
        String code =
                """
                setp.eq.u32 %p, %t, LANE; @%p bra waits; st.volatile.global.u32 [%m], 9; bra.uni met;
                waits: ld.volatile.global.u32 %r0, [%m]; setp.ne.u32 %q, %r0, 9; @%q bra waits;
                met:
                """;
        met("forward", code.replace("LANE", waits), 32);
        met("forward", code.replace("LANE", waits).replace("@%p bra", "@!%p bra"), 32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7"})
    void aLaneWaitsForAnMbarrierAtWhichAnotherArrives(String schedule) {
        String code =
                """
                @%first mbarrier.init.shared.b64 [room], 1; bar.sync 0; @%first bra waits;
                setp.eq.u32 %p, %t, 1; @%p mbarrier.arrive.shared.b64 %n, [room]; bra.uni met;
                waits: mbarrier.try_wait.parity.shared.b64 %q, [room], 0; @!%q bra waits;
                met:
                """;
        met(schedule, code, 32);
        met(schedule, code, 64);
    }

    @Test
    void lanesThatHavePartedStillMustMeet() {
        JsonNode report =
                reports.of(
                        LOCK
                                + """
                                setp.gt.u32 %p, %l, 15; @%p bra upper;
                                shfl.sync.bfly.b32 %r2, %t, 1, 31, -1; bra.uni met;
                                upper: shfl.sync.bfly.b32 %r3, %t, 1, 31, -1;
                                met:
                                """,
                        Grid.row(1, 32));
        assertEquals("divergence", report.get("kind").asText(), report::toString);
    }

    @Test
    void aLockThatNobodyGivesBackIsToldAndHangsNothing() {
        reports.with("INSTRUCTIONS", "1000000");
        String code = LOCK.replace("atom.global.exch.b32 %r0, [%m], 7;", "");
        JsonNode report = reports.of(code + MEET, Grid.row(1, 32));
        assertEquals("endless", report.get("kind").asText(), report::toString);
    }
}
