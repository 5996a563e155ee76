package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.Sequence;

/** The choices of a request have its prompt's full blocks in common. */
class SharedPromptTest {

    private static final int BLOCK = 8;
    private static final int NUM_BLOCKS = 64;
    private static final int CHOICES = 4;

    private static Sequence sequence(long id, int length) {
        SamplingParams params = SamplingParams.builder().maxTokens(9).n(CHOICES).build();
        int[] prompt = IntStream.range(0, length).toArray();
        return new Sequence(id, prompt, new SamplingRule(params, EosTokens.of(), 0, 0));
    }

    private static Scheduler scheduler(boolean prefixCaching) {
        return new Scheduler(
                new SchedulerConfig(16, 512, 0, 128, NUM_BLOCKS, BLOCK, prefixCaching),
                Pipeline.ofDepth(1));
    }

    /** What is left behind the full blocks each computes itself, the last token included. */
    @ParameterizedTest
    @CsvSource({
        "true, 1", "true, 7", "true, 8", "true, 9", "true, 31", "true, 64",
        "false, 1", "false, 7", "false, 8", "false, 9", "false, 31", "false, 64"
    })
    void aPromptIsComputedOnceForAllItsChoices(boolean prefixCaching, int length) {
        Scheduler scheduler = scheduler(prefixCaching);
        for (int choice = 0; choice < CHOICES; choice++) {
            Sequence sequence = sequence(choice, length);
            sequence.join(1);
            scheduler.add(sequence);
        }
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        int shared = (length - 1) / BLOCK;
        int own = length - shared * BLOCK;
        assertEquals(CHOICES, step.size());
        assertEquals(length + (CHOICES - 1) * own, step.totalTokens());
        int held = NUM_BLOCKS - scheduler.stats().numFreeBlocks();
        assertEquals(shared + CHOICES * Math.ceilDiv(own, BLOCK), held);
        Set<String> prefixes = new HashSet<>();
        for (int i = 0; i < CHOICES; i++) {
            prefixes.add(Arrays.toString(Arrays.copyOf(step.blockIds(i), shared)));
        }
        assertEquals(1, prefixes.size(), prefixes.toString());
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void whatOneChoiceScoresIsThereForTheOthers(boolean prefixCaching) {
        Scheduler scheduler = scheduler(prefixCaching);
        SamplingParams params = SamplingParams.builder().n(2).promptLogprobs(0).build();
        SamplingRule rule = new SamplingRule(params, EosTokens.of(), 0, 0);
        int[] prompt = IntStream.range(0, 12).toArray();
        Sequence first = new Sequence(1, prompt, rule);
        Sequence second = new Sequence(2, prompt, rule);
        first.join(1);
        second.join(1);
        second.leaveScoring();
        scheduler.add(first);
        Step scored = scheduler.plan(PrefillBudget.UNLIMITED);
        assertEquals(12, scored.totalTokens());
        assertEquals(11, scored.numScored(0));
        scored.result().add(0, 1);
        scheduler.commit(scored);
        scheduler.add(second);
        Step both = scheduler.plan(PrefillBudget.UNLIMITED);
        assertEquals(1 + 4, both.totalTokens());
        assertEquals(0, both.numScored(1));
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void whoeverElseBeginsAlikeSharesByThePrefixCacheAlone(boolean prefixCaching) {
        Scheduler scheduler = scheduler(prefixCaching);
        long id = 0;
        for (int family : new int[] {1, 1, 2, 2, 0, 0}) {
            Sequence sequence = sequence(id++, 20);
            if (family > 0) {
                sequence.join(family);
            }
            scheduler.add(sequence);
        }
        // 4 of 20 tokens lie behind the full blocks.
        int expected = prefixCaching ? 20 + 5 * 4 : 2 * (20 + 4) + 2 * 20;
        assertEquals(expected, scheduler.plan(PrefillBudget.UNLIMITED).totalTokens());
    }
}
