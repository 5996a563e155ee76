package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.Graph;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.KernelModule;
import quire.ops.cuda.driver.Launch;

/** A launch that may begin before the one in front of it has ended, and begins before it began. */
class DependentLaunchTest extends CardTests {
    private static final int THREADS = 64;
    private static final int BLOCKS = 12;
    private static final Grid GRID = Grid.row(BLOCKS, THREADS);

    /** Both have a prologue, tell that the next may begin, and add to what is there. */
    private static final String KERNELS =
            """
            .version 8.0
            .target sm_90a
            .address_size 64
            .file 1 "by_hand.cu"
            .visible .entry first(.param .u64 memory)
            {
            .reg .b64 %m; .reg .b32 %t, %r<4>; .shared .b8 room[512];
            ld.param.u64 %m, [memory]; mov.u32 %t, %tid.x;
            griddepcontrol.launch_dependents;
            mov.u32 %r0, %ctaid.x; mad.lo.u32 %r0, %r0, 64, %t; mad.wide.u32 %m, %r0, 4, %m;
            ld.global.u32 %r1, [%m]; add.u32 %r1, %r1, 1; st.global.u32 [%m], %r1; ret;
            }
            .visible .entry second(.param .u64 memory)
            {
            .reg .b64 %m; .reg .b32 %t, %r<6>; .shared .b8 room[512];
            ld.param.u64 %m, [memory]; mov.u32 %t, %tid.x;
            mov.u32 %r2, room; mad.lo.u32 %r3, %t, 4, %r2; not.b32 %r4, %t; st.shared.u32 [%r3], %r4;
            bar.sync 0; xor.b32 %r3, %r3, 4; ld.shared.u32 %r4, [%r3];
            mov.u32 %r0, %ctaid.x; mad.lo.u32 %r0, %r0, 64, %t; mad.wide.u32 %m, %r0, 4, %m;
            .loc 1 77 0
            WAIT
            ld.global.u32 %r1, [%m];
            LATE
            mad.lo.u32 %r1, %r1, 1000, %r4; st.global.u32 [%m], %r1; ret;
            }
            """;

    private static final String WAIT = "griddepcontrol.wait;";

    @Override
    void choose(Emulator settings) {
        settings.set("STREAMS", "lazy");
    }

    private int[] results(String wait, String late, int chain, boolean graph) {
        KernelModule module = card.module(KERNELS.replace("WAIT", wait).replace("LATE", late));
        DeviceBuffer memory = card.buffer(new int[BLOCKS * THREADS]);
        Launch first = new Launch(card.stream, module.kernel("first", 0), GRID, memory);
        Launch second =
                new Launch(card.stream, module.kernel("second", 0), GRID, memory).overlapping();
        Runnable all =
                () -> {
                    first.run();
                    for (int i = 0; i < chain; i++) {
                        second.run();
                    }
                };
        if (graph) {
            Graph captured = card.stream.capture(all);
            captured.launch(card.stream);
            card.stream.synchronize();
        } else {
            all.run();
            card.stream.synchronize();
        }
        return card.ints(memory);
    }

    private static int[] wanted(int chain) {
        return IntStream.range(0, BLOCKS * THREADS)
                .map(
                        i -> {
                            int value = 1;
                            for (int c = 0; c < chain; c++) {
                                value = value * 1000 + ~(i % THREADS ^ 1);
                            }
                            return value;
                        })
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7", "8"})
    void whoWaitsSeesAll(String schedule) {
        emulator.set("SCHEDULE", schedule);
        assertArrayEquals(wanted(1), results(WAIT, "", 1, false));
        emulator.set("STORES", "late");
        assertArrayEquals(wanted(3), results(WAIT, "", 3, false));
        emulator.set("RACES", "1");
        assertArrayEquals(wanted(3), results(WAIT, "", 3, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "7", "8"})
    void whoForgetsToWaitSeesWhatWasThereBefore(String schedule) {
        emulator.set("SCHEDULE", schedule);
        for (boolean graph : new boolean[] {false, true}) {
            int[] found = results("", WAIT, 1, graph);
            int[] wanted = wanted(1);
            long wrong =
                    IntStream.range(0, found.length).filter(i -> found[i] != wanted[i]).count();
            assertEquals(8 * THREADS, wrong, "the blocks that began early");
        }
    }

    @Test
    void whoForgetsToWaitRaces() {
        emulator.set("RACES", "1");
        assertThrows(DeviceLost.class, () -> results("", WAIT, 1, false));
        String report = emulator.report();
        assertTrue(report.startsWith("global-race"), report);
        assertTrue(report.contains("no griddepcontrol.wait stands between them"), report);
    }
}
