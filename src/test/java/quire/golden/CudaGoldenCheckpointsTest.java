package quire.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import quire.ops.Ops;
import quire.ops.cuda.CudaOps;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;

/**
 * The golden checkpoints on a card that computes in 16 bits: as close to transformers' float32 as a
 * reference that rounds where the card does, and close to that. Sums in another order turn a few
 * roundings the other way, and each spreads: a layer or two later every rounding of a token may go
 * either way. Two that were independent would differ by 1.4 times what one costs.
 */
class CudaGoldenCheckpointsTest {

    private static final double SHARE = 0.999;

    /** What that share of the logits keeps, in their standard deviations. */
    private static final double MOST = 3e-2;

    /** How much further from float32 than the reference in the same type. */
    private static final double FURTHER = 1.2;

    private static final DType TYPE = DType.BF16;

    static Stream<String> everySupportedCheckpoint() {
        return GoldenCheckpointsTest.everySupportedCheckpoint();
    }

    private static Ops card() {
        return new CudaOps(EmulatedCuda.device(), KernelFiles.ofThisProgram(), TYPE);
    }

    private static GoldenModel model(String name, Ops ops) {
        return new GoldenModel(GoldenCheckpointsTest.folder(name), ops, TYPE);
    }

    @ParameterizedTest
    @MethodSource("everySupportedCheckpoint")
    void logitsAreThoseOfAReferenceThatRoundsAlike(String name) {
        try (GoldenModel card = model(name, card());
                GoldenModel rounding = model(name, new ReferenceOps(TYPE))) {
            LogitErrors apart = new LogitErrors();
            LogitErrors ofCard = new LogitErrors();
            LogitErrors ofRounding = new LogitErrors();
            for (GoldenCheckpointsTest.Case one : GoldenCheckpointsTest.cases(name)) {
                float[] actual = card.logits(one.prompt(), one.prompt().length);
                float[] expected = rounding.logits(one.prompt(), one.prompt().length);
                apart.add(expected, actual);
                ofCard.add(one.logits(), actual);
                ofRounding.add(one.logits(), expected);
            }
            assertTrue(
                    apart.bound(SHARE) <= MOST,
                    () -> name + ": " + SHARE + " are within " + apart.bound(SHARE));
            double cost = ofRounding.bound(SHARE);
            assertTrue(
                    apart.bound(SHARE) <= cost,
                    () -> name + ": apart by " + apart.bound(SHARE) + ", rounding costs " + cost);
            assertTrue(
                    ofCard.bound(SHARE) <= FURTHER * cost,
                    () -> name + ": from float32 " + ofCard.bound(SHARE) + ", not " + cost);
        }
    }

    @ParameterizedTest
    @MethodSource("everySupportedCheckpoint")
    void logitsAreTheSameBitsHoweverChunkedAndInAnyCompany(String name) {
        try (GoldenModel model = model(name, card())) {
            List<GoldenCheckpointsTest.Case> cases = GoldenCheckpointsTest.cases(name);
            int[] first = cases.getFirst().prompt();
            for (GoldenCheckpointsTest.Case one : cases) {
                int[] prompt = one.prompt();
                float[] whole = model.logits(prompt, prompt.length);
                for (int chunk : new int[] {7, 33}) {
                    assertArrayEquals(whole, model.logits(prompt, chunk), "chunks of " + chunk);
                    assertArrayEquals(
                            whole,
                            model.logitsInCompany(first, prompt, chunk).getLast(),
                            "in company, chunks of " + chunk);
                    first = prompt;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everySupportedCheckpoint")
    void greedyTokensAreThoseOfTransformersWhileTheFirstChoiceIsClear(String name) {
        try (GoldenModel model = model(name, card())) {
            for (GoldenCheckpointsTest.Case one : GoldenCheckpointsTest.cases(name)) {
                // Two logits may each be off by what rounding to 16 bits makes of some.
                double least = 0.2 * LogitErrors.spread(one.logits());
                int clear = 0;
                while (clear < one.greedy().length && one.margins()[clear] > least) {
                    clear++;
                }
                List<Integer> greedy = model.greedy(one.prompt(), Math.max(clear, 1), List.of());
                for (int i = 0; i < clear; i++) {
                    assertEquals(one.greedy()[i], greedy.get(i), name + ", token " + i);
                }
            }
        }
    }
}
