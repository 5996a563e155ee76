package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.model.ModelConfig;

/** The pace on machines that exist on paper only: no clock, durations from a formula. */
class StepPaceTest {

    private static final double COST_OF_POSITION = 1.0 / 3000;

    /** What a step takes on a machine, in milliseconds. */
    private record Machine(
            double weights, double decodeToken, double prefillToken, double unevenness) {

        long nanos(Random random, int numDecoding, long context, double prefillCost) {
            double decode = numDecoding + COST_OF_POSITION * context;
            double even = weights + decodeToken * decode + prefillToken * prefillCost;
            return (long) (1e6 * even * (1 + unevenness * (random.nextDouble() - 0.5)));
        }
    }

    private static final Machine LAPTOP = new Machine(8, 0.5, 1.1, 0.1);
    private static final Machine LARGE_MODEL = new Machine(200, 40, 140, 0.1);
    private static final Machine ACCELERATOR = new Machine(4, 0.02, 0.03, 0.1);

    private final StepPace pace = new StepPace(COST_OF_POSITION);
    private final Random random = new Random(5);

    /** Computes one prompt beside some streams to its end and returns the longest step, in ns. */
    private double longest(Machine machine, int numDecoding, int context, int prompt, int skip) {
        double longest = 0;
        int step = 0;
        for (int position = 0; position < prompt; step++) {
            double limit = pace.limit(numDecoding, (long) numDecoding * context);
            int count = Math.clamp(pace.tokens(limit, position), 1, prompt - position);
            double cost = pace.cost(position, count);
            long nanos = machine.nanos(random, numDecoding, (long) numDecoding * context, cost);
            pace.learn(numDecoding, (long) numDecoding * context, cost, nanos);
            position += count;
            longest = step < skip ? longest : Math.max(longest, nanos);
        }
        return longest;
    }

    private void decode(Machine machine, int numDecoding, int steps) {
        for (int i = 0; i < steps; i++) {
            pace.learn(
                    numDecoding, 10L * numDecoding, 0, machine.nanos(random, numDecoding, 10, 0));
        }
    }

    @Test
    void noGapIsLongFromTheFirstStepOnWhereTheMachineIsNotSlowerThanThought() {
        decode(LAPTOP, 1, 20);
        double longest = longest(LAPTOP, 1, 100, 4000, 0);
        assertTrue(longest <= StepPace.LONGEST_GAP_NANOS, longest + " ns");
        assertTrue(longest >= 0.6 * StepPace.LONGEST_GAP_NANOS, "room is used: " + longest);
    }

    @Test
    void aPromptBesideManyStreamsLeavesThemTwoTokensTime() {
        Machine busy = new Machine(8, 1.5, 1.1, 0.1);
        decode(busy, 64, 20);
        double longest = longest(busy, 64, 500, 4000, 0);
        double token = busy.nanos(new Random(1), 64, 64 * 500, 0);
        assertTrue(longest <= 2 * token, longest + " ns beside " + token);
        assertTrue(longest >= 1.2 * token, longest + " ns beside " + token);
    }

    @Test
    void aModelThatIsSlowAnywayStaysWithinTwoTokensTime() {
        decode(LARGE_MODEL, 1, 20);
        double longest = longest(LARGE_MODEL, 1, 100, 500, 5);
        assertTrue(longest <= 2 * 240e6, longest + " ns");
        assertTrue(longest >= 1.2 * 240e6, longest + " ns");
    }

    @Test
    void theLastTokensOfALongPromptAreFewerThanItsFirst() {
        decode(LAPTOP, 1, 20);
        longest(LAPTOP, 1, 100, 4000, 0);
        double limit = pace.limit(1, 100);
        assertTrue(pace.tokens(limit, 4000) < 0.6 * pace.tokens(limit, 0));
        assertTrue(longest(LAPTOP, 1, 100, 4000, 0) <= StepPace.LONGEST_GAP_NANOS);
    }

    @Test
    void aloneAPromptGetsLargeSteps() {
        assertTrue(pace.limit(0, 0) >= StepPace.LEAST_ALONE_TOKENS, "before anything is known");
        double longest = longest(LAPTOP, 0, 0, 4000, 5);
        assertTrue(longest > 0.7 * StepPace.ALONE_NANOS, longest + " ns");
        assertTrue(longest < 1.3 * StepPace.ALONE_NANOS, longest + " ns");
        longest(LARGE_MODEL, 0, 0, 4000, 5);
        assertEquals(StepPace.LEAST_ALONE_TOKENS, pace.limit(0, 0));
        longest(ACCELERATOR, 0, 0, 400_000, 5);
        assertTrue(pace.limit(0, 0) > 20_000, "as many as the machine computes in that time");
    }

    @Test
    void whatASmallMachineLearntItForgetsWhenThingsGetSlower() {
        decode(LAPTOP, 1, 20);
        longest(LAPTOP, 1, 100, 4000, 0);
        Machine shared = new Machine(24, 1.5, 3.3, 0.1);
        double longest = longest(shared, 1, 100, 4000, 4);
        assertTrue(longest <= StepPace.LONGEST_GAP_NANOS, longest + " ns");
    }

    @Test
    void oneStepThatHungDoesNotStopPrompts() {
        decode(LAPTOP, 1, 20);
        longest(LAPTOP, 1, 100, 4000, 0);
        double before = pace.limit(1, 100);
        pace.learn(1, 100, before, 60_000_000_000L);
        longest(LAPTOP, 1, 100, 400, 0);
        assertEquals(before, pace.limit(1, 100), 0.3 * before);
    }

    @Test
    void tokensAndCostAreInverse() {
        for (int first : new int[] {0, 1, 100, 100_000}) {
            for (int count : new int[] {1, 2, 17, 2048}) {
                double cost = pace.cost(first, count);
                assertEquals(count, pace.tokens(cost * 1.000001, first));
                assertEquals(count - 1, pace.tokens(cost * 0.999999, first));
            }
        }
        assertEquals(0, pace.tokens(0, 5));
        assertEquals(0, pace.tokens(-1, 5));
    }

    @Test
    void attentionIsWeighedByTheModelsShapes() {
        ModelConfig demo = ModelConfig.read(Path.of("models/quire-demo/config.json"), "");
        int hidden = demo.hiddenSize();
        double linear = 2.0 * (demo.attention().numWeights(hidden) + demo.mlp().numWeights(hidden));
        double attention = 2.0 * demo.attention().costOfPosition();
        assertEquals(1 + 1000 * attention / linear, StepPace.of(demo).cost(1000, 1), 1e-9);
    }
}
