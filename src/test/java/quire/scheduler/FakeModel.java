package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import quire.sampling.SamplingParams;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;

/**
 * A model whose next token is a pure function of all tokens before it, and which gets at them only
 * through its KV memory: each slot remembers the token, the position and the hash of the prefix
 * that were stored there, and whoever attends to it checks all three.
 */
final class FakeModel {

    private static final long NO_PREFIX = 0x1234_5678_9ABC_DEF1L;

    private final int vocabularySize;
    private final int blockSize;
    private final int[] slotTokens;
    private final int[] slotPositions;
    private final long[] slotPrefixes;

    FakeModel(int vocabularySize, int numBlocks, int blockSize) {
        this.vocabularySize = vocabularySize;
        this.blockSize = blockSize;
        slotTokens = new int[numBlocks * blockSize];
        slotPositions = new int[numBlocks * blockSize];
        slotPrefixes = new long[numBlocks * blockSize];
    }

    /** What an uninterrupted run would give: the output and why it ends. */
    record Expected(int[] output, FinishReason reason, Optional<Object> stopReason) {}

    /**
     * Computes a step into {@code sampled}: stores what is new, then attends to the whole context.
     */
    void execute(Step step, int[] sampled) {
        for (int i = 0; i < step.size(); i++) {
            store(step.sequence(i), step.firstPosition(i), step.numTokens(i));
        }
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            long prefix = attend(sequence, step.firstPosition(i) + step.numTokens(i));
            sampled[i] = step.samples(i) ? next(prefix) : Integer.MIN_VALUE;
        }
    }

    private void store(Sequence sequence, int first, int count) {
        long prefix = first == 0 ? root(sequence) : slotPrefixes[slot(sequence, first - 1)];
        for (int position = first; position < first + count; position++) {
            int slot = slot(sequence, position);
            prefix = mix(prefix, sequence.tokenId(position));
            slotTokens[slot] = sequence.tokenId(position);
            slotPositions[slot] = position;
            slotPrefixes[slot] = prefix;
        }
    }

    private long attend(Sequence sequence, int contextLength) {
        long prefix = root(sequence);
        for (int position = 0; position < contextLength; position++) {
            int slot = slot(sequence, position);
            prefix = mix(prefix, sequence.tokenId(position));
            if (slotPrefixes[slot] != prefix || slotTokens[slot] != sequence.tokenId(position)) {
                throw new AssertionError(sequence + " reads another's content at " + position);
            }
            assertEquals(position, slotPositions[slot]);
        }
        return prefix;
    }

    private int slot(Sequence sequence, int position) {
        assertTrue(position / blockSize < sequence.blockTable().size(), "it has lost its blocks");
        return sequence.blockTable().id(position / blockSize) * blockSize + position % blockSize;
    }

    /** The rules of the end, written down a second time. */
    Expected expected(Sequence sequence, int maxLength) {
        SamplingParams params = sequence.params();
        int[] output = new int[Math.min(params.maxTokens(), maxLength)];
        long prefix = root(sequence);
        for (int i = 0; i < sequence.numPromptTokens(); i++) {
            prefix = mix(prefix, sequence.tokenId(i));
        }
        int size = 0;
        while (true) {
            int token = next(prefix);
            prefix = mix(prefix, token);
            output[size++] = token;
            boolean eos = sequence.sampling().isEos(token) && !params.ignoreEos();
            if (size >= params.minTokens() && (eos || params.stopTokenIds().contains(token))) {
                Optional<Object> stopReason = eos ? Optional.empty() : Optional.of(token);
                return new Expected(Arrays.copyOf(output, size), FinishReason.STOP, stopReason);
            }
            if (size == params.maxTokens() || sequence.numPromptTokens() + size == maxLength) {
                return new Expected(
                        Arrays.copyOf(output, size), FinishReason.LENGTH, Optional.empty());
            }
        }
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
