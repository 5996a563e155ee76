package quire.golden;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import quire.tensor.DType;

/**
 * The tolerances of the golden tests hold of weights that nobody chose, too: golden/README.md says
 * where their numbers come from.
 */
class FreshWeightsTest {

    private static final int SEEDS = Integer.getInteger("quire.fresh.seeds", 1);
    private static final long SEED = Long.getLong("quire.fresh.seed", 20_261_127L);

    @TempDir Path folder;

    static Stream<String> everySupportedCheckpoint() {
        return GoldenCheckpointsTest.everySupportedCheckpoint();
    }

    static Stream<Arguments> everyCacheAndCheckpoint() {
        return Stream.of(DType.BF16, DType.F16)
                .flatMap(type -> everySupportedCheckpoint().map(name -> Arguments.of(type, name)));
    }

    static Stream<Arguments> everyKernelAndCheckpoint() {
        return Arrays.stream(Backend.values())
                .filter(backend -> backend != Backend.REFERENCE)
                .flatMap(kind -> everySupportedCheckpoint().map(name -> Arguments.of(kind, name)));
    }

    @ParameterizedTest
    @MethodSource("everyCacheAndCheckpoint")
    void aCacheOf16BitsCostsWhatItsRoundingExplains(DType type, String name) throws IOException {
        for (long seed = SEED; seed < SEED + SEEDS; seed++) {
            draw(name, seed);
            List<float[]> exact = logits(seed, Backend.REFERENCE, DType.F32);
            List<float[]> rounded = logits(seed, Backend.REFERENCE, type);
            Tolerance.withCache(type).check(errors(exact, rounded), "seed " + seed);
        }
    }

    @ParameterizedTest
    @MethodSource("everyKernelAndCheckpoint")
    void enginesInFloat32DifferByTheirOrderOfAdditionAlone(Backend backend, String name)
            throws IOException {
        for (long seed = SEED; seed < SEED + SEEDS; seed++) {
            draw(name, seed);
            List<float[]> kernels = logits(seed, backend, DType.F32);
            List<float[]> oracle = logits(seed, Backend.REFERENCE, DType.F32);
            Tolerance.FLOAT32.check(errors(oracle, kernels), "seed " + seed);
        }
    }

    private void draw(String name, long seed) throws IOException {
        Path like = GoldenData.golden().resolve("checkpoints").resolve(name);
        RandomCheckpoint.write(like, folder, seed);
    }

    private List<float[]> logits(long seed, Backend backend, DType cacheType) {
        try (GoldenModel model = new GoldenModel(folder, backend.open(), cacheType)) {
            return prompts(seed).stream().map(prompt -> model.logits(prompt, 40)).toList();
        }
    }

    private static LogitErrors errors(List<float[]> expected, List<float[]> actual) {
        LogitErrors errors = new LogitErrors();
        for (int i = 0; i < expected.size(); i++) {
            errors.add(expected.get(i), actual.get(i));
        }
        return errors;
    }

    /** Of the lengths of the golden prompts. */
    private static List<int[]> prompts(long seed) {
        Random random = new Random(seed);
        return Stream.of(1, 16, 17, 150)
                .map(length -> random.ints(length, 3, 320).toArray())
                .toList();
    }
}
