package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.ops.cuda.emulator.Emulator;
import quire.ops.cuda.emulator.Way;

/**
 * The golden checkpoints as they are served, with graphs: whatever of their steps is played back
 * has the tokens and the bits that it has without.
 */
class GoldenGraphsTest {

    private static final CudaOptions EAGER = new CudaOptions(false, List.of(), 1);
    private static final CudaOptions GRAPHS = new CudaOptions(true, List.of(), 1);
    private static final int NUM_SEQUENCES = 8;

    /** Small ones, with and without norms of heads; the others go one way each. */
    private static final Set<String> SEVERAL_WAYS = Set.of("llama3-rope-tied", "qwen3");

    private static List<Way> ways(String name) {
        if (Way.areAllWanted()) {
            return Way.all();
        }
        List<Way> some = Way.eachOnce();
        return SEVERAL_WAYS.contains(name)
                ? some
                : List.of(some.get(Math.floorMod(name.hashCode(), some.size())));
    }

    @ParameterizedTest
    @MethodSource("quire.golden.GoldenCheckpointsTest#everySupportedCheckpoint")
    void whatIsPlayedBackIsTheSame(String name) {
        try (Emulator emulator = new Emulator()) {
            for (Way way : ways(name)) {
                way.choose(emulator);
                long before = emulator.count("cuGraphLaunch");
                try (CardRun eager = new CardRun(EAGER, name);
                        CardRun played = new CardRun(GRAPHS, name)) {
                    eager.add(NUM_SEQUENCES);
                    played.add(NUM_SEQUENCES);
                    for (int step = 0; eager.scheduler.hasUnfinished(); step++) {
                        List<int[]> expected = eager.step();
                        List<int[]> actual = played.step();
                        assertEquals(expected.size(), actual.size());
                        for (int row = 0; row < expected.size(); row++) {
                            String what = way + ", step " + step + ", row " + row;
                            assertArrayEquals(expected.get(row), actual.get(row), what);
                        }
                    }
                }
                long replays = emulator.count("cuGraphLaunch") - before;
                assertTrue(replays > NUM_SEQUENCES, replays + " steps were played back");
            }
        }
    }
}
