package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import quire.error.ConfigurationException;
import quire.ops.MemoryBudget;

class MemoryPlanTest {

    private static final long GIB = 1L << 30;
    private static final int BLOCK_BYTES = 1 << 20;

    private static MemoryPlan.Demand demand(int context, int sequences) {
        return new MemoryPlan.Demand(2 * GIB, GIB, BLOCK_BYTES, 16, context, sequences);
    }

    private static MemoryBudget free(long bytes) {
        return new MemoryBudget(bytes, 0.5, 4 * GIB);
    }

    private static MemoryPlan plan(
            MemoryPlan.Demand demand, long free, OptionalInt asked, OptionalLong kv) {
        return MemoryPlan.of(demand, free(free), asked, kv);
    }

    private static String refusal(
            MemoryPlan.Demand demand, long free, OptionalInt asked, OptionalLong kv) {
        return assertThrows(ConfigurationException.class, () -> plan(demand, free, asked, kv))
                .getMessage();
    }

    @Test
    void aPoolIsNoLargerThanAllSequencesCanFill() {
        MemoryPlan plan = plan(demand(160, 4), 32 * GIB, OptionalInt.empty(), OptionalLong.empty());
        assertEquals(40, plan.numBlocks());
        assertEquals(160, plan.maxModelLength());
        assertFalse(plan.lowered());
    }

    @Test
    void aPoolTakesHalfOfWhatIsLeftAndAtMostFourGibibytes() {
        assertEquals(
                1024,
                plan(demand(4096, 256), 5 * GIB, OptionalInt.empty(), OptionalLong.empty())
                        .numBlocks());
        assertEquals(
                4096,
                plan(demand(4096, 256), 60 * GIB, OptionalInt.empty(), OptionalLong.empty())
                        .numBlocks());
    }

    @Test
    void theBackendsPolicySaysHowMuchOfTheRestAPoolTakes() {
        MemoryBudget device = new MemoryBudget(23 * GIB, 0.9, Long.MAX_VALUE);
        MemoryPlan plan =
                MemoryPlan.of(demand(4096, 256), device, OptionalInt.empty(), OptionalLong.empty());
        assertEquals(18 * 1024, plan.numBlocks());
    }

    @Test
    void oneSequenceOfTheWholeContextMayTakeMore() {
        int context = 16 * 8192;
        MemoryPlan plan =
                plan(demand(context, 256), 60 * GIB, OptionalInt.empty(), OptionalLong.empty());
        assertEquals(8192, plan.numBlocks());
        assertEquals(context, plan.maxModelLength());
    }

    @Test
    void theModelsOwnContextIsLoweredToWhatFits() {
        MemoryPlan plan =
                plan(demand(16 * 2048, 256), 5 * GIB, OptionalInt.empty(), OptionalLong.empty());
        assertTrue(plan.lowered());
        assertEquals(16 * 1024, plan.maxModelLength());
    }

    @Test
    void aContextThatWasAskedForIsRefusedWithNumbersWhereItDoesNotFit() {
        String message =
                refusal(
                        demand(16 * 2048, 256),
                        5 * GIB,
                        OptionalInt.of(16 * 2048),
                        OptionalLong.empty());
        assertTrue(
                message.contains("2.0 GiB")
                        && message.contains("1.0 GiB")
                        && message.contains("maxModelLength"),
                message);
        plan(demand(16 * 2048, 256), 5 * GIB, OptionalInt.of(16 * 1024), OptionalLong.empty());
    }

    @Test
    void aContextBeyondTheModelsIsRefused() {
        plan(demand(4096, 4), 60 * GIB, OptionalInt.of(4096), OptionalLong.empty());
        String message =
                refusal(demand(4096, 4), 60 * GIB, OptionalInt.of(4097), OptionalLong.empty());
        assertTrue(message.contains("4097") && message.contains("hfOverrides"), message);
    }

    @Test
    void aModelThatDoesNotFitIsRefusedWithNumbers() {
        String message =
                refusal(demand(4096, 4), 3 * GIB, OptionalInt.empty(), OptionalLong.empty());
        assertTrue(message.contains("2.0 GiB") && message.contains("3.0 GiB of memory"), message);
    }

    @Test
    void aPoolThatWasAskedForIsTakenWhole() {
        MemoryPlan plan =
                plan(demand(160, 1), 32 * GIB, OptionalInt.empty(), OptionalLong.of(8 * GIB));
        assertEquals(8192, plan.numBlocks());
        String message =
                refusal(demand(160, 1), 32 * GIB, OptionalInt.empty(), OptionalLong.of(30 * GIB));
        assertTrue(message.contains("kvCacheMemoryBytes"), message);
    }
}
