package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import quire.sampling.SamplingParams;
import quire.sampling.TokenMask;
import quire.sequence.FinishReason;
import quire.sequence.Guide;
import quire.sequence.Sequence;
import quire.sequence.StopReason;

/**
 * A model whose next token is a pure function of all tokens before it, and which gets at them only
 * through its KV memory: each slot remembers the token, the position and the hash of the prefix
 * that were stored there, and whoever attends to it checks all three. As an accelerator does, it
 * remembers by slot what it sampled, executes steps in the order of their planning, and knows of
 * them what they took down when they were planned. Where a step guesses tokens, it accepts some of
 * them and leaves rubbish in the slots of the others.
 */
public final class FakeModel {

    private static final long NO_PREFIX = 0x1234_5678_9ABC_DEF1L;
    private static final int RUBBISH = -9;

    private final Random random;
    private final int vocabularySize;
    private final int blockSize;
    private final int[] slotTokens;
    private final int[] slotPositions;
    private final long[] slotPrefixes;
    private final Map<Integer, Known> known = new HashMap<>();

    public FakeModel(Random random, int vocabularySize, int numBlocks, int blockSize) {
        this.random = random;
        this.vocabularySize = vocabularySize;
        this.blockSize = blockSize;
        slotTokens = new int[numBlocks * blockSize];
        slotPositions = new int[numBlocks * blockSize];
        slotPrefixes = new long[numBlocks * blockSize];
    }

    /** The tokens of the sequence in a slot as far as the model knows them. */
    private static final class Known {
        private Sequence owner;
        private int[] tokens = new int[16];
        private int size;

        void add(int token) {
            tokens = size == tokens.length ? Arrays.copyOf(tokens, 2 * size) : tokens;
            tokens[size++] = token;
        }
    }

    /** What an uninterrupted run would give: the output and why it ends. */
    record Expected(int[] output, FinishReason reason, Optional<StopReason> stopReason) {}

    /** Computes a step: stores what is new, then attends to the whole context and samples. */
    public void execute(Step step) {
        for (int i = 0; i < step.size(); i++) {
            learn(step, i);
            Known own = known.get(step.slot(i));
            store(step, i, own.size - step.numTokens(i));
        }
        for (int i = 0; i < step.size(); i++) {
            long prefix = attend(step, i);
            if (!step.samples(i)) {
                continue;
            }
            if (step.sequence(i).guide().words() == TokenMask.NOT_READY) {
                step.result().sitOut(i);
            } else {
                sample(step, i, prefix);
            }
        }
    }

    /** Takes over the tokens that are known to whoever planned the step; a pending one is here. */
    private void learn(Step step, int i) {
        Known own = known.computeIfAbsent(step.slot(i), slot -> new Known());
        if (step.isPending(i)) {
            assertSame(own.owner, step.sequence(i), "the slot sampled another's last");
            return;
        }
        own.owner = step.sequence(i);
        own.size = 0;
        int end = step.firstPosition(i) + step.numTokens(i);
        assertTrue(end <= step.numKnown(i));
        for (int position = 0; position < end; position++) {
            own.add(step.tokenIds(i)[position]);
        }
    }

    private void store(Step step, int i, int first) {
        Known own = known.get(step.slot(i));
        long prefix = first == 0 ? root(step.sequence(i)) : slotPrefixes[slot(step, i, first - 1)];
        for (int position = first; position < own.size; position++) {
            prefix = mix(prefix, own.tokens[position]);
            put(slot(step, i, position), own.tokens[position], position, prefix);
        }
    }

    private void put(int slot, int token, int position, long prefix) {
        slotTokens[slot] = token;
        slotPositions[slot] = position;
        slotPrefixes[slot] = prefix;
    }

    private long attend(Step step, int i) {
        Known own = known.get(step.slot(i));
        long prefix = root(step.sequence(i));
        for (int position = 0; position < own.size; position++) {
            int slot = slot(step, i, position);
            prefix = mix(prefix, own.tokens[position]);
            if (slotPrefixes[slot] != prefix || slotTokens[slot] != own.tokens[position]) {
                throw new AssertionError(step.sequence(i) + " reads another's at " + position);
            }
            assertEquals(position, slotPositions[slot]);
        }
        return prefix;
    }

    /** Samples a token and takes some of the guesses, which are all right in the end or rubbish. */
    private void sample(Step step, int i, long prefix) {
        Known own = known.get(step.slot(i));
        int length = 1 + random.nextInt(step.maxRun(i));
        long[] allowed = step.sequence(i).guide().words();
        long accepted = prefix;
        for (int j = 1; j <= step.maxRun(i); j++) {
            int token = j <= length ? next(accepted, allowed) : RUBBISH;
            if (j <= length) {
                own.add(token);
                step.result().add(i, token);
                step.sequence(i).guide().accept(token);
                accepted = mix(accepted, token);
            }
            if (j < step.maxRun(i)) {
                int position = own.size - 1 + Math.max(j - length, 0);
                boolean guessed = j < length;
                put(
                        slot(step, i, position),
                        guessed ? token : RUBBISH,
                        position,
                        guessed ? accepted : random.nextLong());
            }
        }
    }

    private int slot(Step step, int i, int position) {
        assertTrue(position / blockSize < step.numBlocks(i), "it has too few blocks");
        return step.blockIds(i)[position / blockSize] * blockSize + position % blockSize;
    }

    /** The rules of the end, written down a second time. */
    Expected expected(Sequence sequence, int maxLength) {
        SamplingParams params = sequence.params();
        int[] output = new int[Math.min(params.maxTokens(), maxLength)];
        long prefix = root(sequence);
        for (int i = 0; i < sequence.numPromptTokens(); i++) {
            prefix = mix(prefix, sequence.tokenId(i));
        }
        FakeGuide guide = sequence.guide() instanceof FakeGuide fake ? fake : null;
        boolean ends = guide != null && guide.endsAt(0);
        int[] forced = guide == null || ends ? Guide.NO_TOKENS : guide.forcedAt(0);
        int numForced = 0;
        int size = 0;
        while (true) {
            if (numForced == forced.length && guide != null && guide.endsAt(size)) {
                return new Expected(
                        Arrays.copyOf(output, size), FinishReason.STOP, Optional.empty());
            }
            boolean sampled = numForced == forced.length;
            int token = sampled ? next(prefix) : forced[numForced++];
            prefix = mix(prefix, token);
            output[size++] = token;
            if (sampled && guide != null) {
                forced = guide.endsAt(size) ? Guide.NO_TOKENS : guide.forcedAt(size);
                numForced = 0;
            }
            boolean eos = sequence.sampling().isEos(token) && !params.ignoreEos();
            if (size >= params.minTokens() && (eos || params.stopTokenIds().contains(token))) {
                Optional<StopReason> stopReason =
                        eos ? Optional.empty() : Optional.of(new StopReason.Token(token));
                return new Expected(Arrays.copyOf(output, size), FinishReason.STOP, stopReason);
            }
            if (size == params.maxTokens() || sequence.numPromptTokens() + size == maxLength) {
                return new Expected(
                        Arrays.copyOf(output, size), FinishReason.LENGTH, Optional.empty());
            }
        }
    }

    private int next(long prefix, long[] allowed) {
        if (allowed == TokenMask.ANY) {
            return next(prefix);
        }
        int[] tokens = BitSet.valueOf(allowed).stream().toArray();
        return tokens[(int) Long.remainderUnsigned(mix(prefix, -1), tokens.length)];
    }

    private int next(long prefix) {
        return (int) Long.remainderUnsigned(mix(prefix, -1), vocabularySize);
    }

    /** Differs by salt, so that sharing across salts is noticed. */
    private static long root(Sequence sequence) {
        return NO_PREFIX + sequence.cacheSalt().map(salt -> 1L + salt.hashCode()).orElse(0L);
    }

    private static long mix(long prefix, int token) {
        long z = (prefix ^ token) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
