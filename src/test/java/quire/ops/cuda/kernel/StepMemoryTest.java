package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.scheduler.Pipeline;
import quire.scheduler.PrefillBudget;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.Sequence;

/**
 * What the card knows of a step, told by changes alone, against what the host has: over random
 * lives of sequences, read back after each step.
 */
class StepMemoryTest {

    private static final int MAX_LENGTH = 40;
    private static final int MAX_SEQUENCES = 5;
    private static final int MAX_TOKENS = 17;
    private static final int BLOCK = 4;
    private static final int NUM_BLOCKS = 13;
    private static final int VOCABULARY = 50;
    private static final int NUM_SEQUENCES = 40;
    private static final BatchLimits LIMITS =
            new BatchLimits(MAX_TOKENS, MAX_SEQUENCES, MAX_LENGTH / BLOCK, BLOCK);

    /** Steps of a real scheduler, of which some fail before the card hears of them. */
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "2, 3", "2, 4", "3, 5"})
    void theCardKnowsEveryStepAsTheHostDoes(int depth, long seed) {
        try (KernelBench bench = new KernelBench(NumberFormat.BF16, seed)) {
            Life life = new Life(bench, depth, new Random(seed));
            life.run();
            assertTrue(life.scheduler.stats().numPreemptions() > 0, "nothing was preempted");
            assertTrue(life.scheduler.stats().prefixHits() > 0, "no prefix was found");
            assertTrue(life.numFailed > 0, "no step failed");
            assertTrue(depth == 1 || life.numPending > 0, "no token was pending");
        }
    }

    private static final class Life {
        private final KernelBench bench;
        private final Random random;
        private final Scheduler scheduler;
        private final DeviceBuffer whole;
        private final long base;
        private final StepMemory memory;
        private final DeviceBatch[] batches;
        private final BeginStepKernel kernel;
        private final DeviceBuffer last;
        private final int[] lastTokens = new int[MAX_SEQUENCES];
        private final int[] shared;
        private final Queue<Step> inFlight = new ArrayDeque<>();
        private int numAdded;
        private int numBegun;
        private int numFailed;
        private int numPending;

        Life(KernelBench bench, int depth, Random random) {
            this.bench = bench;
            this.random = random;
            scheduler =
                    new Scheduler(
                            new SchedulerConfig(
                                    MAX_SEQUENCES,
                                    MAX_TOKENS,
                                    0,
                                    MAX_LENGTH,
                                    NUM_BLOCKS,
                                    BLOCK,
                                    true),
                            Pipeline.ofDepth(depth));
            whole = poisoned(StepMemory.bytes(LIMITS));
            base = whole.address();
            memory = new StepMemory(LIMITS, whole);
            batches = new DeviceBatch[depth];
            Arrays.setAll(batches, i -> new DeviceBatch(bench.context, memory));
            SamplingMemory sampling =
                    new SamplingMemory(
                            VOCABULARY,
                            MAX_SEQUENCES,
                            poisoned(SamplingMemory.bytes(VOCABULARY, MAX_SEQUENCES)));
            last = sampling.lastTokens();
            kernel = new BeginStepKernel(bench.source, memory);
            kernel.connect(sampling);
            shared = random.ints(MAX_LENGTH, 0, VOCABULARY).toArray();
        }

        private DeviceBuffer poisoned(long bytes) {
            DeviceBuffer buffer = new DeviceBuffer(bench.context, bytes);
            bench.stream.fill(buffer, (byte) 0x5a);
            return buffer;
        }

        void run() {
            while (numAdded < NUM_SEQUENCES || scheduler.hasUnfinished()) {
                while (numAdded < NUM_SEQUENCES
                        && (random.nextInt(3) == 0 || !scheduler.hasUnfinished())) {
                    scheduler.add(sequence());
                }
                while (inFlight.size() < batches.length) {
                    Step step = scheduler.plan(PrefillBudget.UNLIMITED);
                    if (step.isEmpty()) {
                        break;
                    }
                    inFlight.add(step);
                    if (random.nextInt(20) == 0) {
                        fail(step);
                        break;
                    }
                    begin(step);
                }
                if (!inFlight.isEmpty()) {
                    commit(inFlight.remove());
                }
            }
        }

        private Sequence sequence() {
            int length = 1 + random.nextInt(MAX_LENGTH - 20);
            int[] prompt = random.ints(length, 0, VOCABULARY).toArray();
            System.arraycopy(shared, 0, prompt, 0, random.nextInt(length + 1));
            SamplingParams params =
                    SamplingParams.greedy(1 + random.nextInt(19)).toBuilder()
                            .ignoreEos(true)
                            .build();
            return new Sequence(numAdded++, prompt, new SamplingRule(params, EosTokens.of(), 0, 0));
        }

        /** The host has written what the card never hears, and all steps in flight are lost. */
        private void fail(Step step) {
            DeviceBatch batch = next();
            fill(batch.host(), step);
            batch.measure();
            batch.tell(KernelBench.LIMIT, MAX_SEQUENCES);
            scheduler.fail(inFlight.peek());
            inFlight.clear();
            numFailed++;
        }

        private DeviceBatch next() {
            return batches[numBegun++ % batches.length];
        }

        private void begin(Step step) {
            DeviceBatch batch = next();
            fill(batch.host(), step);
            bench.stream.write(MemorySegment.ofArray(lastTokens), last);
            batch.measure();
            batch.tell(KernelBench.LIMIT, MAX_SEQUENCES);
            batch.upload(bench.stream);
            int more = random.nextInt(MAX_SEQUENCES + 1 - step.size());
            boolean decodes = batch.host().numTokens() == step.size();
            kernel.run(step.size() + (decodes ? more : 0));
            memory.isTold();
            check(batch.host());
            for (int s = 0; decodes && s < more; s++) {
                checkNobody(step.size() + s, step.size());
            }
        }

        private void fill(Batch batch, Step step) {
            batch.clear();
            for (int i = 0; i < step.size(); i++) {
                batch.startSequence(step.firstPosition(i), step.blockIds(i), step.numBlocks(i));
                batch.inSlot(step.slot(i));
                if (step.isPending(i)) {
                    batch.addPendingToken(step.slot(i));
                    numPending++;
                }
                for (int t = 0; !step.isPending(i) && t < step.numTokens(i); t++) {
                    batch.addToken(step.tokenIds(i)[step.firstPosition(i) + t]);
                }
                if (step.samples(i)) {
                    batch.addLogitRow();
                }
                batch.endSequence();
            }
        }

        private void check(Batch host) {
            int tokens = host.numTokens();
            int sequences = host.numSequences();
            int[] ids = ints(host.tokenIds(), tokens);
            for (int t = 0; t < tokens; t++) {
                ids[t] = ids[t] < 0 ? lastTokens[-1 - ids[t]] : ids[t];
            }
            assertArrayEquals(ids, read(memory.ids(), tokens), "ids");
            assertRead("positions", host.positions(), memory.positions(), tokens);
            assertRead("kv slots", host.slotMapping(), memory.kvSlots(), tokens);
            assertRead("logit rows", host.logitRows(), memory.logitRows(), host.numLogitRows());
            assertRead("starts", host.queryStarts(), memory.queryStarts(), sequences + 1);
            assertRead("contexts", host.contextLengths(), memory.contextLengths(), sequences);
            assertRead("slots", host.slots(), memory.slots(), sequences);
            int[] tables = ints(host.blockTables(), sequences * LIMITS.maxBlocksPerSequence());
            int[] known =
                    read(memory.tables().address(), MAX_SEQUENCES * LIMITS.maxBlocksPerSequence());
            for (int s = 0; s < sequences; s++) {
                int context = host.contextLengths().getAtIndex(ValueLayout.JAVA_INT, s);
                int slot = host.slots().getAtIndex(ValueLayout.JAVA_INT, s);
                assertArrayEquals(
                        table(tables, s, context), table(known, slot, context), "slot " + slot);
            }
        }

        private static int[] table(int[] tables, int row, int context) {
            int first = row * LIMITS.maxBlocksPerSequence();
            return Arrays.copyOfRange(tables, first, first + Math.ceilDiv(context, BLOCK));
        }

        private void checkNobody(int sequence, int tokens) {
            assertEquals(-1, read(memory.kvSlots(), sequence + 1)[sequence], "stores nothing");
            assertEquals(tokens, read(memory.queryStarts(), sequence + 2)[sequence + 1]);
            assertEquals(0, read(memory.contextLengths(), sequence + 1)[sequence]);
            assertEquals(0, read(memory.ids(), sequence + 1)[sequence]);
            assertEquals(sequence, read(memory.logitRows(), sequence + 1)[sequence]);
        }

        private void assertRead(String what, MemorySegment host, long card, int count) {
            assertArrayEquals(ints(host, count), read(card, count), what);
        }

        private static int[] ints(MemorySegment from, int count) {
            return from.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT);
        }

        private int[] read(long address, int count) {
            int[] values = new int[count];
            long at = address - base;
            bench.stream.read(whole.slice(at, 4L * count), MemorySegment.ofArray(values));
            return values;
        }

        private void commit(Step step) {
            for (int i = 0; i < step.size(); i++) {
                if (step.samples(i)) {
                    lastTokens[step.slot(i)] = random.nextInt(VOCABULARY);
                    step.result().add(i, lastTokens[step.slot(i)]);
                }
            }
            scheduler.commit(step);
        }
    }

    @Test
    void aSlotForTwoSequencesAndATokenOfNoSlotAreRefused() {
        try (KernelBench bench = new KernelBench(NumberFormat.BF16, 1)) {
            DeviceBuffer buffer = new DeviceBuffer(bench.context, StepMemory.bytes(LIMITS));
            DeviceBatch batch = new DeviceBatch(bench.context, new StepMemory(LIMITS, buffer));
            Batch host = batch.host();
            host.clear();
            for (int s = 0; s < 2; s++) {
                host.startSequence(0, new int[] {0}, 1);
                host.inSlot(1);
                host.addPendingToken(1);
                host.endSequence();
            }
            assertRefused("two sequences in slot 1", batch, 2);
            assertRefused("a token of slot 1, and 1 have some", batch, 1);
            assertThrows(IllegalArgumentException.class, () -> host.inSlot(MAX_SEQUENCES));
            assertThrows(IllegalArgumentException.class, () -> host.inSlot(-1));
        }
    }

    private static void assertRefused(String words, DeviceBatch batch, int numPending) {
        batch.measure();
        IllegalArgumentException refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> batch.tell(KernelBench.LIMIT, numPending));
        assertEquals(words, refused.getMessage());
    }
}
