package quire.generation;

import java.util.List;
import java.util.Optional;
import quire.sampling.TokenLogprobs;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/**
 * One step of one choice.
 *
 * @param choice index from 0 to n − 1
 * @param text text that has become certain; empty while characters or possible stop strings are
 *     held back
 * @param numTokens tokens of this choice so far
 * @param finishReason present on the last output of a choice
 * @param stopReason what stopped it when a stop string or stop token did
 * @param tokenIds of this step's tokens, where they are wanted; else empty
 * @param logprobs of this step's tokens, where they are wanted; else empty
 * @param promptLogprobs of all tokens of the prompt on the choice's first output, where they are
 *     wanted; else empty
 */
public record GenerationOutput(
        int choice,
        String text,
        int numTokens,
        Optional<FinishReason> finishReason,
        Optional<StopReason> stopReason,
        int[] tokenIds,
        List<TokenLogprobs> logprobs,
        List<TokenLogprobs> promptLogprobs) {}
