package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;

/**
 * What lanes, warps and blocks do together, in several schedules: each thread writes one number.
 */
class WarpTest {
    private static final int THREADS = 128;
    private static final String START =
            """
            .reg .b64 %o, %m, %n; .reg .b32 %t, %l, %d, %r<10>; .reg .pred %p, %q; .reg .f32 %f<4>;
            .shared .align 16 .b8 room[4096];
            ld.param.u64 %o, [out]; mov.u32 %t, %tid.x; mov.u32 %l, %laneid;
            mad.wide.u32 %o, %t, 4, %o;
            """;

    private Emulator emulator;

    @BeforeEach
    void load() {
        emulator = new Emulator();
    }

    @AfterEach
    void forget() {
        if (emulator != null) {
            emulator.close();
        }
    }

    private void check(String schedule, String code, IntUnaryOperator wanted) {
        emulator.set("SCHEDULE", schedule);
        try (HandWritten card = new HandWritten()) {
            DeviceBuffer out = card.buffer(new int[THREADS]);
            String body = START + code + "\nst.global.u32 [%o], %d;\nret;";
            card.run(card.kernel(body, "out"), Grid.row(1, THREADS), out);
            assertArrayEquals(IntStream.range(0, THREADS).map(wanted).toArray(), card.ints(out));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "7"})
    void lanesTellEachOther(String schedule) {
        check(schedule, "shfl.sync.bfly.b32 %d, %t, 5, 31, -1;", t -> t ^ 5);
        check(schedule, "shfl.sync.up.b32 %d, %t, 3, 0, -1;", t -> t % 32 < 3 ? t : t - 3);
        check(schedule, "shfl.sync.down.b32 %d, %t, 3, 31, -1;", t -> t % 32 > 28 ? t : t + 3);
        check(schedule, "shfl.sync.idx.b32 %d, %t, 9, 31, -1;", t -> t / 32 * 32 + 9);
        check(
                schedule,
                "shfl.sync.down.b32 %d|%p, %t, 2, 0x1807, -1; @!%p mov.u32 %d, 1000;",
                t -> t % 8 > 5 ? 1000 : t + 2);
        check(schedule, "setp.lt.u32 %p, %l, 7; vote.sync.ballot.b32 %d, %p, -1;", t -> 0x7f);
        check(
                schedule,
                "setp.lt.u32 %p, %l, 7; vote.sync.any.pred %q, %p, -1; selp.b32 %d, 1, 2, %q;",
                t -> 1);
        check(
                schedule,
                "and.b32 %r0, %t, 3; match.any.sync.b32 %d, %r0, -1;",
                t -> 0x11111111 << t % 4);
        check(schedule, "redux.sync.add.s32 %d, %l, -1;", t -> 496);
        check(schedule, "sub.s32 %r0, 5, %l; redux.sync.min.s32 %d, %r0, -1;", t -> -26);
        check(schedule, "elect.sync %r0|%p, -1; selp.b32 %d, 1, 0, %p;", t -> t % 32 == 0 ? 1 : 0);
        check(
                schedule,
                "mov.u32 %d, 0; setp.lt.u32 %p, %l, 4; @%p activemask.b32 %d;",
                t -> t % 32 < 4 ? 15 : 0);
        check(schedule, "mov.u32 %d, %lanemask_lt;", t -> (1 << t % 32) - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7", "8"})
    void lanesPartAndMeet(String schedule) {
        check(
                schedule,
                """
                mov.u32 %d, 0; mov.u32 %r0, %l;
                again: setp.eq.u32 %p, %r0, 0; @%p bra out1;
                add.u32 %d, %d, %r0; sub.u32 %r0, %r0, 1; bra again;
                out1: shfl.sync.idx.b32 %r1, %d, 4, 31, -1; add.u32 %d, %d, %r1;
                """,
                t -> t % 32 * (t % 32 + 1) / 2 + 10);
        check(
                schedule,
                """
                mov.u32 %d, 1; and.b32 %r0, %l, 3;
                setp.gt.u32 %p, %l, 15; @%p bra upper;
                ways: .branchtargets way0, way1, way2, way0;
                brx.idx %r0, ways;
                way0: add.u32 %d, %d, 10; bra met;
                way1: add.u32 %d, %d, 20; bra met;
                way2: setp.gt.u32 %q, %l, 8; @%q add.u32 %d, %d, 100; bra met;
                upper: add.u32 %d, %d, 7;
                met: redux.sync.add.u32 %r1, %d, -1;
                """,
                t -> {
                    int lane = t % 32;
                    return lane > 15 ? 8 : new int[] {11, 21, lane > 8 ? 101 : 1, 11}[lane % 4];
                });
        check(
                schedule,
                """
                mov.u32 %d, %t; setp.gt.u32 %p, %l, 20;
                @%p st.global.u32 [%o], %d; @%p exit;
                bar.sync 0; redux.sync.add.u32 %d, %l, 0x1fffff;
                """,
                t -> t % 32 > 20 ? t : 210);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7", "8", "9"})
    void warpsWaitForEachOther(String schedule) {
        String address = "shl.b32 %r0, %t, 2; mov.u32 %r1, room; add.u32 %r0, %r0, %r1;\n";
        String mirrored =
                "sub.u32 %r2, 127, %t; shl.b32 %r2, %r2, 2; add.u32 %r2, %r2, %r1;"
                        + " ld.shared.u32 %d, [%r2];";
        check(schedule, address + "st.shared.u32 [%r0], %t; bar.sync 0;" + mirrored, t -> 127 - t);
        check(
                schedule,
                "setp.gt.u32 %p, %t, 99; barrier.sync.red.popc.u32.cta %d, 0, %p;"
                        .replace(".sync.red.popc.u32.cta", ".red.popc.u32"),
                t -> 28);
        check(
                schedule,
                address
                        + """
                setp.eq.u32 %p, %t, 0; @%p mbarrier.init.shared.b64 [room+512], 128; bar.sync 0;
                st.shared.u32 [%r0], %t;
                mbarrier.arrive.shared.b64 %n, [room+512];
                waits: mbarrier.try_wait.shared.b64 %p, [room+512], %n; @!%p bra waits;
                """
                        + mirrored,
                t -> 127 - t);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "7"})
    void memoryOfEveryKindKeepsWhatIsWritten(String schedule) {
        check(
                schedule,
                """
                .local .align 8 .b8 own[32]; mov.u64 %m, own; cvta.local.u64 %m, %m;
                st.v2.u32 [%m+8], {%t, 77}; ld.u16 %d, [%m+8]; ld.u32 %r0, [%m+12]; add.u32 %d, %d, %r0;
                """,
                t -> t + 77);
        check(
                schedule,
                """
                mov.u32 %r0, room; mad.lo.u32 %r0, %t, 16, %r0; not.b32 %r1, %t;
                st.shared.v4.u32 [%r0], {%t, %r1, 3, 4}; ld.shared.s8 %d, [%r0+4]; ld.shared.u8 %r2, [%r0+4];
                add.u32 %d, %d, %r2;
                """,
                t -> (byte) ~t + (~t & 0xff));
        check(
                schedule,
                """
                setp.eq.u32 %p, %t, 0; @%p st.shared.u32 [room], 5; bar.sync 0;
                atom.shared.add.u32 %r0, [room], 2; bar.sync 0; ld.shared.u32 %d, [room];
                """,
                t -> 5 + 2 * THREADS);
        check(
                schedule,
                """
                mov.u32 %r0, 9; atom.global.cas.b32 %r1, [%o], 0, %r0; atom.global.max.s32 %r1, [%o], -3;
                atom.global.inc.u32 %d, [%o], 8; red.global.add.u32 [%o], 5; ld.global.u32 %r2, [%o];
                add.u32 %d, %d, %r2;
                """,
                t -> 9 + 5);
        check(
                schedule,
                """
                setp.eq.u32 %p, %t, 0; @%p st.global.u32 [%o], 3; bar.sync 0; ld.param.u64 %m, [out];
                mov.u32 %r0, room; mad.lo.u32 %r0, %t, 4, %r0;
                cp.async.ca.shared.global [%r0], [%m], 4; cp.async.commit_group; cp.async.wait_group 0;
                ld.shared.u32 %d, [%r0];
                setp.eq.u32 %p, %t, 0; bar.sync 0;
                """,
                t -> 3);
    }

    private static int word(int low, int high) {
        return low | high << 16;
    }

    /** Element (row, column) of the tile of 8 x 8 is 8 row + column. */
    @ParameterizedTest
    @ValueSource(strings = {"forward", "7"})
    void matricesMoveAsTheManualDrawsThem(String schedule) {
        String tile =
                """
                mov.u32 %r0, room; mad.lo.u32 %r1, %t, 4, %r0; mad.lo.u32 %r2, %t, 0x20002, 0x10000;
                setp.lt.u32 %p, %t, 32; @%p st.shared.u32 [%r1], %r2; bar.sync 0;
                and.b32 %r3, %l, 7; mad.lo.u32 %r3, %r3, 16, %r0;
                """;
        IntUnaryOperator plain = t -> word(2 * (t % 32), 2 * (t % 32) + 1);
        IntUnaryOperator transposed =
                t -> word(16 * (t % 4) + t % 32 / 4, 16 * (t % 4) + 8 + t % 32 / 4);
        String load = tile + "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%d}, [%r3];\n";
        check(schedule, load, plain);
        check(schedule, load.replace(".x1.", ".x1.trans."), transposed);
        check(schedule, load + "movmatrix.sync.aligned.m8n8.trans.b16 %d, %d;", transposed);
        String store =
                load
                        + """
                shr.u32 %r4, %t, 5; mad.lo.u32 %r3, %r4, 128, %r3;
                stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%r3+512], {%d}; bar.sync 0;
                ld.shared.u32 %d, [%r1+512];
                """;
        check(schedule, store, transposed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "7", "8"})
    void aCopyThatReadsLessIsFilledWithZeros(String schedule) {
        String code =
                """
                setp.eq.u32 %p, %t, 0; @%p st.global.u32 [%o], 3; bar.sync 0; ld.param.u64 %m, [out];
                mov.u32 %r0, room; mad.lo.u32 %r0, %t, 16, %r0; setp.gt.u32 %q, %t, 63;
                and.b32 %r1, %t, 4; cvt.u64.u32 %n, 0;
                @!%q cp.async.ca.shared.global [%r0], [%m], 4, %r1;
                @%q cp.async.cg.shared.global [%r0], [%m], 16;
                cp.async.commit_group; cp.async.wait_group 0; ld.shared.u32 %d, [%r0]; bar.sync 0;
                """;
        check(schedule, code, t -> t > 63 || (t & 4) > 0 ? 3 : 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"late", "early", "any"})
    void aBulkCopyArrivesWithItsBytes(String copies) {
        emulator.set("COPIES", copies);
        try (HandWritten card = new HandWritten()) {
            int[] numbers = IntStream.range(0, THREADS).map(i -> i * 3).toArray();
            DeviceBuffer in = card.buffer(numbers);
            DeviceBuffer out = card.buffer(new int[THREADS]);
            String body =
                    START
                            + """
                    setp.eq.u32 %p, %t, 0; ld.param.u64 %m, [in]; mov.u32 %r4, room;
                    @%p mbarrier.init.shared.b64 [room+1024], 1; bar.sync 0;
                    @%p mbarrier.arrive.expect_tx.shared.b64 %n, [room+1024], 512;
                    @%p cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r4], [%m], 512, [room+1024];
                    waits: mbarrier.try_wait.parity.shared.b64 %q, [room+1024], 0; @!%q bra waits;
                    mad.lo.u32 %r4, %t, 4, %r4; ld.shared.u32 %d, [%r4]; st.global.u32 [%o], %d; ret;
                    """;
            card.run(card.kernel(body, "out", "in"), Grid.row(1, THREADS), out, in);
            assertArrayEquals(numbers, card.ints(out), Arrays.toString(card.ints(out)));
        }
    }
}
