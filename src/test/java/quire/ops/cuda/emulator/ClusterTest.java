package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;

/** Blocks of a cluster reach into each other's shared memory: three clusters of two blocks. */
class ClusterTest extends CardTests {
    private static final int THREADS = 64;
    private static final int BLOCKS = 6;
    private static final String MEET = "barrier.cluster.arrive; barrier.cluster.wait;\n";

    /**
     * Each thread writes %d; %k is the address that block 0 reads or writes at, rank its number.
     */
    private static final String MODULE =
            """
            .version 8.0
            .target sm_90a
            .address_size 64
            .visible .entry by_hand(.param .u64 out, .param .u64 in) .reqnctapercluster 2, 1, 1
            {
            .reg .b64 %o, %m, %n; .reg .b32 %t, %d, %rank, %peer, %r<8>; .reg .b16 %mask;
            .reg .pred %first, %leader, %p, %q; .shared .align 128 .b8 room[4096];
            ld.param.u64 %o, [out]; ld.param.u64 %m, [in]; mov.u32 %t, %tid.x;
            mov.u32 %r0, %ctaid.x; mad.lo.u32 %r0, %r0, 64, %t; mad.wide.u32 %o, %r0, 4, %o;
            mov.u32 %rank, %cluster_ctarank; xor.b32 %peer, %rank, 1; setp.eq.u32 %first, %t, 0;
            setp.eq.and.u32 %leader, %rank, 0, %first; mov.u32 %d, 0;
            mov.u32 %r0, room; mad.lo.u32 %r1, %t, 4, %r0; mov.b16 %mask, 3;
            CODE
            st.global.u32 [%o], %d; ret;
            }
            """;

    private static final String EXCHANGE =
            """
            mov.u32 %r2, %ctaid.x; mad.lo.u32 %r2, %r2, 100, %t; st.shared.u32 [%r1], %r2;
            MEET
            mapa.shared::cluster.u32 %r3, %r1, %peer; ld.shared::cluster.u32 %d, [%r3];
            MEET
            """;

    private int[] run(String code, int blocks) {
        String text = MODULE.replace("CODE", code).replace("MEET", MEET);
        Kernel kernel = card.module(text).kernel("by_hand", 0);
        DeviceBuffer out = card.buffer(new int[blocks * THREADS]);
        DeviceBuffer in = card.buffer(IntStream.range(0, THREADS).map(i -> 3 * i).toArray());
        card.run(kernel, Grid.row(blocks, THREADS), out, in);
        return card.ints(out);
    }

    private void check(String code, IntUnaryOperator wanted) {
        assertArrayEquals(
                IntStream.range(0, BLOCKS * THREADS).map(wanted).toArray(), run(code, BLOCKS));
    }

    private String failureOf(String code) {
        assertThrows(DeviceLost.class, () -> run(code, BLOCKS));
        return emulator.report();
    }

    @ParameterizedTest
    @CsvSource({"forward, 0", "reverse, 0", "7, 0", "8, 0", "7, 1", "forward, 1"})
    void blocksOfAClusterExchangeWhatTheyHave(String schedule, String races) {
        emulator.set("SCHEDULE", schedule).set("RACES", races);
        IntUnaryOperator swapped = i -> (i / THREADS ^ 1) * 100 + i % THREADS;
        check(EXCHANGE, swapped);
        String generic =
                EXCHANGE.replace(
                        "mapa.shared::cluster.u32 %r3, %r1, %peer; ld.shared::cluster.u32 %d, [%r3];",
                        "cvt.u64.u32 %n, %r1; cvta.shared.u64 %n, %n; mapa.u64 %n, %n, %peer;"
                                + " ld.u32 %d, [%n];");
        check(generic, swapped);
        String added =
                """
                st.shared.u32 [%r1], %t;
                MEET
                mapa.shared::cluster.u32 %r3, %r1, 0; atom.shared::cluster.add.u32 %r4, [%r3], 5;
                MEET
                ld.shared.u32 %d, [%r1];
                """;
        check(added, i -> i % THREADS + (i / THREADS % 2 == 0 ? 10 : 0));
        String numbers =
                """
                mov.u32 %d, %clusterid.x; mov.u32 %r2, %nclusterid.x; mad.lo.u32 %d, %d, 10, %r2;
                mov.u32 %r2, %cluster_nctarank; mad.lo.u32 %d, %d, 10, %r2;
                mapa.shared::cluster.u32 %r3, %r1, %peer; getctarank.shared::cluster.u32 %r4, %r3;
                mad.lo.u32 %d, %d, 10, %r4;
                """;
        check(numbers, i -> i / THREADS / 2 * 1000 + 320 + (i / THREADS % 2 ^ 1));
    }

    @ParameterizedTest
    @CsvSource({"forward, 0", "reverse, 0", "7, 0", "8, 0", "7, 1", "forward, 1"})
    void oneBlockLoadsForAllAndIsToldWhenTheyHaveRead(String schedule, String races) {
        emulator.set("SCHEDULE", schedule).set("RACES", races);
        String code =
                """
                @%first mbarrier.init.shared.b64 [room+2048], 1;
                @%first mbarrier.init.shared.b64 [room+2056], 2;
                fence.mbarrier_init.release.cluster;
                MEET
                mov.u32 %r5, 0;
                rounds:
                @%first mbarrier.arrive.expect_tx.shared.b64 %n, [room+2048], 256;
                @%leader cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%r0], [%m], 256, [room+2048], %mask;
                loads: mbarrier.try_wait.parity.shared.b64 %q, [room+2048], %r5; @!%q bra loads;
                ld.shared.u32 %r2, [%r1]; add.u32 %d, %d, %r2; bar.sync 0;
                mov.u32 %r3, room; add.u32 %r3, %r3, 2056; mapa.shared::cluster.u32 %r3, %r3, 0;
                @%first mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r3];
                @!%leader bra done;
                reads: mbarrier.try_wait.parity.shared.b64 %q, [room+2056], %r5; @!%q bra reads;
                done: add.u32 %r5, %r5, 1; setp.lt.u32 %p, %r5, 2; @%p bra rounds;
                MEET
                """;
        check(code, i -> 2 * 3 * (i % THREADS));
    }

    @Test
    void whoEndsTooEarlyTakesItsMemoryAlong() {
        String late =
                """
                st.shared.u32 [%r1], %t;
                MEET
                mov.u32 %r5, 0; setp.eq.u32 %p, %rank, 0; @%p bra end;
                later: nanosleep.u32 9; add.u32 %r5, %r5, 1; setp.lt.u32 %q, %r5, 2000; @%q bra later;
                mapa.shared::cluster.u32 %r3, %r1, %peer; ld.shared::cluster.u32 %d, [%r3];
                end:
                """;
        String report = failureOf(late);
        assertTrue(report.startsWith("cluster: access of shared memory of block"), report);
    }

    @Test
    void theBarrierOfAClusterWantsArriveAndWaitInTurn() {
        String report = failureOf("barrier.cluster.arrive; barrier.cluster.arrive;");
        assertTrue(report.contains("arrive twice"), report);
        emulator.reset();
        report = failureOf("barrier.cluster.wait;");
        assertTrue(report.contains("with no arrive"), report);
        emulator.reset();
        report =
                failureOf(
                        """
                        @%first mbarrier.init.shared.b64 [room+2048], 1; bar.sync 0;
                        setp.eq.u32 %p, %rank, 0; @%p bra waits;
                        MEET
                        bra.uni end;
                        waits: mbarrier.try_wait.parity.shared.b64 %q, [room+2048], 0; @!%q bra waits;
                        MEET
                        end:
                        """);
        assertTrue(report.startsWith("deadlock"), report);
    }

    @Test
    void addressesStayWithinTheCluster() {
        String report = failureOf("mapa.shared::cluster.u32 %r3, %r1, 2;");
        assertTrue(report.contains("rank 2 of a cluster of 2"), report);
        emulator.reset();
        report =
                failureOf(
                        "MEET mapa.shared::cluster.u32 %r3, %r1, %peer;"
                                + " ld.shared::cluster.u32 %d, [%r3];");
        assertTrue(report.startsWith("shared-unwritten"), report);
    }

    @Test
    void aGridIsMadeOfWholeClusters() {
        CudaException refused = assertThrows(CudaException.class, () -> run(EXCHANGE, 3));
        assertEquals(1, refused.code());
    }
}
