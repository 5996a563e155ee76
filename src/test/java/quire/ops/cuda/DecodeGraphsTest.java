package quire.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.CapturedLog;
import quire.ops.StoppedException;
import quire.ops.cuda.emulator.Emulator;
import quire.ops.cuda.kernel.CacheContents;
import quire.tensor.Tensor;

/** Steps that are played back: the same bits, one launch, and what happens where they are not. */
class DecodeGraphsTest {

    private static final CudaOptions EAGER = new CudaOptions(false, List.of(), 1);
    private static final String LAUNCHES = "cuLaunchKernelEx";
    private static final String REPLAYS = "cuGraphLaunch";
    private static final String RECORDINGS = "cuGraphInstantiateWithFlags";
    private static final int NUM_SEQUENCES = 8;

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

    private static CudaOptions graphs(Integer... sizes) {
        return new CudaOptions(true, List.of(sizes), 1);
    }

    /** Padded to one more and to many more than there are: tokens, logits and the whole cache. */
    @Test
    void stepsThatArePlayedBackGiveTheSameBits() {
        for (CudaOptions options : List.of(graphs(), graphs(CardRun.MAX_SEQUENCES), graphs(3))) {
            try (CardRun eager = new CardRun(EAGER);
                    CardRun played = new CardRun(options)) {
                eager.add(NUM_SEQUENCES);
                played.add(NUM_SEQUENCES);
                eager.addMasks();
                played.addMasks();
                long before = emulator.count(REPLAYS);
                for (int step = 0; eager.scheduler.hasUnfinished(); step++) {
                    List<int[]> expected = eager.step();
                    List<int[]> actual = played.step();
                    assertEquals(expected.size(), actual.size());
                    for (int row = 0; row < expected.size(); row++) {
                        assertArrayEquals(
                                expected.get(row),
                                actual.get(row),
                                options + ", step " + step + ", row " + row);
                    }
                }
                long replays = emulator.count(REPLAYS) - before;
                assertTrue(replays > 8, replays + " steps were played back of " + options);
                for (int layer = 0; layer < CardRun.LAYERS; layer++) {
                    for (boolean keys : new boolean[] {true, false}) {
                        Tensor one = CacheContents.cached(eager.cache, layer, keys);
                        Tensor other = CacheContents.cached(played.cache, layer, keys);
                        assertEquals(-1, one.data().mismatch(other.data()), "layer " + layer);
                    }
                }
            }
        }
    }

    @Test
    void aDecodeStepIsOneLaunchOfNineKernelsALayerAndTwoCopies() {
        try (CardRun run = new CardRun(graphs())) {
            run.add(NUM_SEQUENCES);
            int checked = 0;
            while (run.scheduler.hasUnfinished()) {
                long[] before = counts();
                run.step();
                long[] after = counts();
                long[] more = IntStream.range(0, 5).mapToLong(i -> after[i] - before[i]).toArray();
                if (more[0] > 0) {
                    // The last download is the test's own, of logits.
                    int kernels = 9 * CardRun.LAYERS + 9;
                    assertArrayEquals(
                            new long[] {1, 0, kernels, 1, 2}, more, Arrays.toString(more));
                    checked++;
                }
            }
            assertTrue(checked > 8, checked + " steps were played back");
        }
    }

    private long[] counts() {
        return new long[] {
            emulator.count(REPLAYS),
            emulator.count(LAUNCHES),
            emulator.count("kernels"),
            emulator.count("cuMemcpyHtoDAsync_v2"),
            emulator.count("cuMemcpyDtoHAsync_v2")
        };
    }

    @Test
    void theCommonSizesAreRecordedAtTheFirstStepAndOthersWhenTheyCome() {
        try (CardRun run = new CardRun(graphs())) {
            long before = emulator.count(RECORDINGS);
            run.add(1);
            run.step();
            // 1 and the most, for 8 are too many here.
            assertEquals(2, emulator.count(RECORDINGS) - before);
            run.add(NUM_SEQUENCES);
            while (run.scheduler.hasUnfinished()) {
                run.step();
            }
            assertEquals(4, emulator.count(RECORDINGS) - before, "1, 2, 4 and 6");
        }
        try (CardRun run = new CardRun(EAGER)) {
            long before = emulator.count(RECORDINGS);
            run.add(1);
            run.step();
            run.step();
            assertEquals(0, emulator.count(RECORDINGS) - before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuGraphInstantiateWithFlags:*=2",
                "cuStreamBeginCapture_v2:*=900",
                "cuStreamEndCapture:1=2"
            })
    void whatTheDriverDoesNotRecordIsComputedWithoutAndToldOnce(String fault) {
        try (CardRun eager = new CardRun(EAGER);
                CardRun run = new CardRun(graphs());
                CapturedLog log = new CapturedLog("quire.ops.cuda")) {
            emulator.set("FAULTS", fault);
            eager.add(3);
            run.add(3);
            while (eager.scheduler.hasUnfinished()) {
                List<int[]> expected = eager.step();
                List<int[]> actual = run.step();
                for (int row = 0; row < expected.size(); row++) {
                    assertArrayEquals(expected.get(row), actual.get(row));
                }
            }
            assertEquals(1, log.warnings().size(), log.warnings().toString());
            String words = log.warnings().getFirst();
            assertTrue(words.startsWith("steps of 1 sequences and other sizes are"), words);
        }
    }

    @Test
    void whatAnOperationWouldRefuseIsRefusedBeforeItIsPlayedBack() {
        try (CardRun run = new CardRun(graphs())) {
            run.stepOf(3, 0, 0);
            long before = emulator.count(REPLAYS);
            run.stepOf(CardRun.VOCABULARY - 1, 63, 17);
            assertEquals(1, emulator.count(REPLAYS) - before);
            assertRefused("token id 320", () -> run.stepOf(CardRun.VOCABULARY, 1, 0));
            assertRefused("block 18", () -> run.stepOf(3, 1, 18));
            run.ops.stop();
            assertThrows(StoppedException.class, () -> run.stepOf(3, 1, 0));
            run.ops.resume();
            assertEquals(1, emulator.count(REPLAYS) - before);
            run.stepOf(3, 1, 0);
            assertEquals(2, emulator.count(REPLAYS) - before);
        }
    }

    private static void assertRefused(String words, Runnable step) {
        String message = assertThrows(IllegalArgumentException.class, step::run).getMessage();
        assertTrue(message.startsWith(words), message);
    }

    @Test
    void sizesGrowWithTheNumberOfSequencesAndEndWithTheMost() {
        assertEquals("[1]", Arrays.toString(DecodeGraphs.usual(1)));
        assertEquals("[1, 2, 4, 6]", Arrays.toString(DecodeGraphs.usual(6)));
        assertEquals("[1, 2, 4, 8, 16, 20]", Arrays.toString(DecodeGraphs.usual(20)));
        int[] most = DecodeGraphs.usual(1000);
        assertEquals(
                "[1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192,"
                        + " 208, 224, 240, 256]",
                Arrays.toString(most));
    }
}
