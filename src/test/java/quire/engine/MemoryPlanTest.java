package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.MemoryBudget;
import quire.ops.MemoryUse;
import quire.settings.Flags;

class MemoryPlanTest {

    private static final long GIB = 1L << 30;
    private static final int BLOCK_BYTES = 1 << 20;
    private static final MemoryPlan.Wishes NOTHING =
            new MemoryPlan.Wishes(
                    OptionalInt.empty(),
                    OptionalLong.empty(),
                    OptionalInt.empty(),
                    OptionalDouble.empty());

    private static MemoryPlan.Demand demand(int context, int sequences) {
        return new MemoryPlan.Demand(
                List.of(
                        MemoryUse.fixed("weights", 2 * GIB),
                        MemoryUse.by(Setting.MAX_NUM_BATCHED_TOKENS, "activations", GIB * 3 / 4),
                        MemoryUse.by(Setting.MAX_NUM_SEQUENCES, "logits", GIB / 4)),
                BLOCK_BYTES,
                16,
                context,
                sequences);
    }

    private static MemoryBudget free(long bytes) {
        return new MemoryBudget(MemoryBudget.Place.MACHINE, bytes, bytes, 1, 0.5, 4 * GIB);
    }

    private static MemoryPlan plan(
            MemoryPlan.Demand demand, long free, OptionalInt asked, OptionalLong kv) {
        return MemoryPlan.of(
                demand,
                free(free),
                new MemoryPlan.Wishes(asked, kv, OptionalInt.empty(), OptionalDouble.empty()));
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
        MemoryBudget device =
                new MemoryBudget(
                        MemoryBudget.Place.MACHINE, 23 * GIB, 23 * GIB, 1, 0.9, Long.MAX_VALUE);
        MemoryPlan plan = MemoryPlan.of(demand(4096, 256), device, NOTHING);
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
                        && message.contains("contextLength"),
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
        assertTrue(message.contains("kvCacheBytes"), message);
    }

    /** A card of 80 GiB, some of which others hold. */
    private static MemoryBudget card(long free) {
        return new MemoryBudget(MemoryBudget.Place.CARD, 80 * GIB, free, 0.9, 1, Long.MAX_VALUE);
    }

    private static MemoryPlan.Wishes share(double part) {
        return new MemoryPlan.Wishes(
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                OptionalDouble.of(part));
    }

    private static MemoryPlan.Wishes blocks(int number) {
        return new MemoryPlan.Wishes(
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalInt.of(number),
                OptionalDouble.empty());
    }

    private static String refusal(MemoryBudget budget, MemoryPlan.Wishes wishes) {
        return assertThrows(
                        ConfigurationException.class,
                        () -> MemoryPlan.of(demand(1 << 20, 256), budget, wishes))
                .message(Flags::spelled);
    }

    @Test
    void aCardGivesItsShareOrWhatOthersLeave() {
        MemoryPlan.Demand demand = demand(1 << 20, 256);
        assertEquals(69 * 1024, MemoryPlan.of(demand, card(79 * GIB), NOTHING).numBlocks());
        assertEquals(37 * 1024, MemoryPlan.of(demand, card(40 * GIB), NOTHING).numBlocks());
        assertEquals(37 * 1024, MemoryPlan.of(demand, card(79 * GIB), share(0.5)).numBlocks());
    }

    @Test
    void aShareThatOthersHoldIsRefusedWithOneThatIsFree() {
        assertEquals(
                "--gpu-memory-utilization 0.9 is 72.0 GiB of 80.0 GiB that the card has, and"
                        + " 40.0 GiB are free: others, or this process, hold the rest; lower it"
                        + " to 0.50, or leave it out to take what is free",
                refusal(card(40 * GIB), share(0.9)));
        MemoryPlan.of(demand(160, 4), card(40 * GIB), share(0.5));
    }

    @Test
    void blocksThatWereAskedForMayTakeAllThatIsFree() {
        MemoryPlan.Demand demand = demand(1 << 20, 256);
        assertEquals(
                76 * 1024, MemoryPlan.of(demand, card(79 * GIB), blocks(76 * 1024)).numBlocks());
        String message = refusal(card(79 * GIB), blocks(76 * 1024 + 1));
        assertTrue(message.startsWith("--num-gpu-blocks-override asks for 76.0 GiB"), message);
        assertEquals(4000, plan(demand, 4000).maxModelLength());
        String tooFew = refusal(card(79 * GIB), blocks(15));
        assertTrue(tooFew.contains("(240 tokens)"), tooFew);
        assertTrue(tooFew.contains("raise --num-gpu-blocks-override"), tooFew);
    }

    private static MemoryPlan plan(MemoryPlan.Demand demand, int tokens) {
        return MemoryPlan.of(demand, card(79 * GIB), blocks(tokens / 16));
    }

    @Test
    void whatDoesNotFitOnACardIsToldRowByRow() {
        assertEquals(
                """
                the model does not fit: 3.0 GiB are needed, 2.2 GiB of memory are available; \
                raise --gpu-memory-utilization to 0.04, \
                or lower --max-num-seqs and --max-num-batched-tokens, \
                or use a smaller model, or --backend cpu
                    weights                                     2.0 GiB
                    activations                               768.0 MiB
                    logits                                    256.0 MiB
                    KV cache of 256 tokens                     16.0 MiB
                    needed at least                             3.0 GiB
                    the card has                               80.0 GiB
                    of which are free                           4.0 GiB
                    --gpu-memory-utilization 0.028 allows       2.2 GiB""",
                refusal(card(4 * GIB), share(0.028)));
    }

    @Test
    void theSettingsThatHelpAreNamedAndNoOthers() {
        String other = "use a smaller model, or --backend cpu";
        // The whole takes 3 GiB and 16 MiB.
        assertAdvice("lower --max-num-batched-tokens, or " + other, 3 * GIB - GIB / 2);
        assertAdvice(
                "lower --max-num-seqs or --max-num-batched-tokens, or " + other, 3 * GIB - GIB / 5);
        assertAdvice(
                "lower --max-num-seqs and --max-num-batched-tokens, or " + other,
                2 * GIB + GIB / 8);
        assertAdvice(other, 2 * GIB);
    }

    private static void assertAdvice(String advice, long free) {
        String message = refusal(card(free), NOTHING);
        assertTrue(message.contains("; " + advice + "\n"), message);
    }
}
