package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.ops.cuda.kernel.PlantedKernels.otherwise;
import static quire.ops.cuda.kernel.PlantedKernels.plant;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.CapturedLog;
import quire.JavaProcess;
import quire.Outside;
import quire.ops.AttentionHeads;
import quire.ops.BatchLimits;
import quire.ops.KvCacheLayout;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.kernel.PlantedKernels.Planted;

/** What is wrong with a kernel keeps it from being used, and nothing else. */
class SelfCheckTest {

    private static final List<String> ABOUT = List.of("an emulated card", "a driver", "a build");
    private static final Duration A_RUN = Duration.ofSeconds(30);

    @TempDir Path folder;

    private final PlantedKernels kernels = new PlantedKernels(Context.own(EmulatedCuda.device()));

    @AfterEach
    void close() {
        kernels.context.close();
    }

    /** Runs trials and returns what was warned of. */
    private List<String> check(VariantStore store, boolean plainBitsOnly, Planted... trials) {
        return check(Duration.ofMinutes(1), store, plainBitsOnly, trials);
    }

    private List<String> check(
            Duration all, VariantStore store, boolean plainBitsOnly, Planted... trials) {
        SelfCheck.Limits limits = new SelfCheck.Limits(all, A_RUN);
        try (CapturedLog log = CapturedLog.withDetails("quire.ops.cuda")) {
            new SelfCheck(kernels.source, store, limits, plainBitsOnly).run(Arrays.asList(trials));
            assertTrue(log.details().getLast().startsWith("kernels: "), log.details()::toString);
            return log.warnings();
        }
    }

    private VariantStore store() {
        return VariantStore.in(folder, ABOUT);
    }

    @ParameterizedTest
    @CsvSource({
        "wrong, 'has 69.5 in row 1, column 37, where the plain one has 68.5'",
        "behind, writes behind its result",
        "before, writes before its result",
        "fickle, differs between two runs",
        "unwritten, differs between two runs",
        "rounded, 'has 0.50000006 in row 0, column 1, where the plain one has 0.5'"
    })
    void aWrongVariantIsLeftOutWithALineAndTheOthersStay(String wrong, String why) {
        Planted trial = kernels.trial("halves", plant(wrong), plant("good"), plant("slow"));
        assertEquals(
                List.of("the kernel " + wrong + " is not used: for halves it " + why),
                check(VariantStore.none(), false, trial));
        assertEquals("good", trial.choice());
    }

    @Test
    void thePlainOneStaysWhereNothingIsFasterOrNothingElseIsRight() {
        Planted slow = kernels.trial("halves", plant("slow"));
        Planted wrong = kernels.trial("other halves", plant("wrong"));
        check(VariantStore.none(), false, slow, wrong);
        assertEquals("plain", slow.choice());
        assertEquals("plain", wrong.choice());
    }

    @Test
    void whatIsWrongAtOneShapeIsUsedAtNone() {
        Planted right = kernels.trial("halves", plant("two-faced", "good"));
        Planted wrong = kernels.trial("others", plant("two-faced", "wrong"));
        assertEquals(1, check(store(), false, right, wrong).size());
        assertEquals("plain", right.choice());
        Planted later = kernels.trial("halves", plant("two-faced", "good"));
        assertEquals(1, check(store(), false, later).size());
        assertEquals("plain", later.choice());
        assertArrayEquals(new int[2], later.runs);
    }

    @Test
    void oneThatSumsOtherwiseMayDifferByWhatRoundingExplainsUnlessBitsAreAskedFor() {
        Planted free = kernels.trial("halves", otherwise("rounded"));
        free.tolerance = 1e-4;
        assertEquals(List.of(), check(store(), false, free));
        assertEquals("rounded", free.choice());
        Planted bits = kernels.trial("halves", otherwise("rounded"), plant("good"));
        assertEquals(List.of(), check(store(), true, bits));
        assertEquals("good", bits.choice());
        assertEquals(0, bits.runs[1]);
        Planted again = kernels.trial("halves", otherwise("rounded"), plant("good"));
        again.tolerance = 1e-4;
        assertEquals(List.of(), check(store(), false, again));
        assertEquals("rounded", again.choice(), "what was found without bits is still known");
        Planted wrong = kernels.trial("halves", otherwise("wrong"));
        assertEquals(1, check(VariantStore.none(), false, wrong).size());
        Planted tolerated = kernels.trial("halves", otherwise("wrong"));
        tolerated.tolerance = 1;
        assertEquals(List.of(), check(VariantStore.none(), false, tolerated));
    }

    @Test
    void whatIsKnownIsVerifiedAndNotMeasuredAgain() {
        Planted first = kernels.trial("halves", plant("good"), plant("slow"), plant("wrong"));
        check(store(), false, first);
        assertTrue(first.runs[1] > 2, "it was timed");
        Planted second = kernels.trial("halves", plant("good"), plant("slow"), plant("wrong"));
        assertEquals(
                List.of(
                        "the kernel wrong is not used: when it was tried before, for halves it has"
                                + " 69.5 in row 1, column 37, where the plain one has 68.5"),
                check(store(), false, second));
        assertEquals("good", second.choice());
        assertArrayEquals(new int[] {2, 2, 0, 0}, second.runs);
    }

    @Test
    void whatIsKnownAndNoLongerTrueIsFoundAnew() {
        check(store(), false, kernels.trial("halves", plant("best", "good"), plant("good")));
        VariantStore known = store();
        known.keep("halves", "best");
        known.save();
        Planted changed = kernels.trial("halves", plant("best", "behind"), plant("good"));
        assertEquals(1, check(store(), false, changed).size());
        assertEquals("good", changed.choice());
        assertEquals("good", store().fastest("halves").orElseThrow());
        Planted plain = kernels.trial("slow ones", plant("slow"));
        check(store(), false, plain);
        Planted known2 = kernels.trial("slow ones", plant("slow"));
        check(store(), false, known2);
        assertEquals("plain", known2.choice());
        assertArrayEquals(new int[2], known2.runs, "the plain one needs no proof");
    }

    @Test
    void whereTimeIsOverThePlainOneStaysAndNothingIsKept() {
        Planted trial = kernels.trial("halves", plant("good"));
        assertEquals(List.of(), check(Duration.ZERO, store(), false, trial));
        assertEquals("plain", trial.choice());
        assertTrue(store().fastest("halves").isEmpty());
    }

    @Test
    void whereThereIsNoMemoryForATrialThePlainOneStaysAndTheOthersAreTried() {
        Planted large = kernels.trial("halves", plant("good"));
        large.opening = () -> new DeviceBuffer(kernels.context, 1L << 45);
        Planted other = kernels.trial("others", plant("good"));
        List<String> warnings = check(store(), false, large, other);
        assertEquals(1, warnings.size());
        assertTrue(
                warnings.getFirst()
                        .startsWith(
                                "not checked, and left to the plain kernel: halves: cuMemAlloc"),
                warnings.getFirst());
        assertEquals(-1, large.chosen, "nothing is settled");
        assertEquals("good", other.choice());
    }

    /** Tries a kernel that ends its process, or makes the card be of no more use. */
    static final class Deadly {
        public static void main(String[] arguments) {
            Context context = Context.own(EmulatedCuda.device(Path.of(arguments[0])));
            PlantedKernels kernels = new PlantedKernels(context);
            VariantStore store = VariantStore.in(Path.of(arguments[1]), ABOUT);
            String deadly = arguments[2];
            Planted trial =
                    kernels.trial(
                            "halves",
                            plant("good"),
                            plant(deadly, deadly.equals("halt") ? "good" : deadly));
            if (deadly.equals("halt")) {
                trial.before =
                        variant -> {
                            if (variant == 2) {
                                Runtime.getRuntime().halt(9);
                            }
                        };
            }
            SelfCheck.Limits limits = new SelfCheck.Limits(Duration.ofMinutes(1), A_RUN);
            try {
                new SelfCheck(kernels.source, store, limits, false).run(List.of(trial));
            } catch (DeviceLost lost) {
                System.out.println("lost: " + lost.code());
                Runtime.getRuntime().halt(9);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"trap", "hang", "halt"})
    void oneThatTakesTheProcessAlongIsLeftOutFromTheNextStartOn(String deadly) throws Exception {
        JavaProcess.Ended ended =
                JavaProcess.of(Deadly.class)
                        .environment(Map.of("QUIRE_EMULATOR_INSTRUCTIONS", "1000000"))
                        .run(Outside.CUDA_EMULATOR.path().toString(), folder.toString(), deadly);
        assertEquals(9, ended.exitCode(), ended.output());
        if (!deadly.equals("halt")) {
            assertTrue(
                    ended.output().contains(deadly + " was tried for halves when the card failed"),
                    ended.output());
        }
        for (int start = 0; start < 2; start++) {
            Planted next = kernels.trial("halves", plant("good"), plant(deadly, "good"));
            assertEquals(
                    List.of(
                            "the kernel %s is not used: when it was tried before, its trial for halves never ended"
                                    .formatted(deadly)),
                    check(store(), false, next));
            assertEquals("good", next.choice());
            assertEquals(0, next.runs[2]);
        }
    }

    @ParameterizedTest
    @EnumSource(NumberFormat.class)
    void theVariantsOfLinearLayersAgreeAndOneIsChosenForEachShape(NumberFormat format) {
        try (KernelBench bench = new KernelBench(format, 7)) {
            LinearKernel kernel = new LinearKernel(bench.source);
            TiledLinear first = KernelEdgesTest.tiled(bench, bench.values(70 * 130), 70, 130);
            TiledLinear second = KernelEdgesTest.tiled(bench, bench.values(70 * 130), 70, 130);
            DeviceMatrix x = bench.matrix(bench.values(130), 1, 130, 0).matrix();
            DeviceMatrix out = bench.output(1, 70).matrix();
            kernel.run(out, x, first, 1);
            kernel.run(out, x, second, 1);
            kernel.run(bench.vector(new float[70]), x, second, 1);
            assertEquals(4, kernel.trials().size(), "two results, each for two numbers of rows");
            try (CapturedLog log = new CapturedLog("quire.ops.cuda")) {
                SelfCheck.Limits limits = new SelfCheck.Limits(Duration.ofMinutes(1), A_RUN);
                VariantStore store = store();
                List<String> names = kernel.trials().stream().map(Trial::name).toList();
                new SelfCheck(bench.source, store, limits, true).run(kernel.trials());
                assertEquals(List.of(), log.warnings());
                for (String name : names) {
                    assertTrue(store.fastest(name + ", plain bits").isPresent(), name);
                }
            }
            assertEquals(List.of(), kernel.trials(), "nothing is open");
        }
    }

    @ParameterizedTest
    @EnumSource(NumberFormat.class)
    void attentionInLongSegmentsIsCloseEnoughAndLeftOutWhereBitsAreAskedFor(NumberFormat format) {
        AttentionHeads heads = new AttentionHeads(2, 1, 32, 0.2f, 0, Optional.empty());
        BatchLimits limits = new BatchLimits(16, 16, 144, 16);
        try (KernelBench bench = new KernelBench(format, 7)) {
            KvCacheLayout.Layer layer = new KvCacheLayout.Layer(1, 32);
            KvCacheLayout layout = KvCacheLayout.uniform(1, 1, 16, layer, format.dtype());
            DeviceBuffer memory = new DeviceBuffer(bench.context, DeviceKvCache.bytes(layout));
            DeviceBuffer steps = new DeviceBuffer(bench.context, StepMemory.bytes(limits));
            AttentionKernel kernel = new AttentionKernel(bench.source);
            kernel.prepare(new DeviceKvCache(layout, format, memory));
            kernel.prepare(limits);
            DeviceBatch batch = new DeviceBatch(bench.context, new StepMemory(limits, steps));
            for (boolean bits : new boolean[] {true, false}) {
                AttentionShape shape = new AttentionShape(heads, batch);
                List<Trial> trials = shape.trials(kernel, bench.source);
                VariantStore store = store();
                // Sixteen sequences fill the few multiprocessors that an emulated card has.
                for (Trial trial : trials.subList(0, 2)) {
                    assertEquals(3, trial.variants().size(), trial.name());
                    store.keep(trial.name(), trial.variants().getLast().name());
                }
                try (CapturedLog log = new CapturedLog("quire.ops.cuda")) {
                    SelfCheck.Limits all = new SelfCheck.Limits(Duration.ofMinutes(1), A_RUN);
                    new SelfCheck(bench.source, store, all, bits).run(trials);
                    assertEquals(List.of(), log.warnings());
                }
                for (int sequences : new int[] {1, 2, 4}) {
                    assertEquals(!bits, shape.chosen(sequences) == 2, sequences + " sequences");
                }
                assertEquals(0, shape.chosen(17));
            }
        }
    }
}
