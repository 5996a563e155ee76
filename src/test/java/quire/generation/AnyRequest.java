package quire.generation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;

/** Draws requests, of which each has a few of all parameters that there are. */
final class AnyRequest {

    private static final int FIRST_LETTER = 67;
    private static final int NUM_LETTERS = 26;

    private final Random random;
    private final HeldGrammars grammars;
    private final int maxLength;

    AnyRequest(Random random, HeldGrammars grammars, int maxLength) {
        this.random = random;
        this.grammars = grammars;
        this.maxLength = maxLength;
    }

    private boolean one(int of) {
        return random.nextInt(of) == 0;
    }

    GenerationRequest next(String id) {
        int maxTokens = 1 + random.nextInt(one(3) ? 4 : maxLength / 2);
        boolean searches = one(8);
        SamplingParamsBuilder params =
                SamplingParams.builder()
                        .maxTokens(searches ? Math.min(maxTokens, 6) : maxTokens)
                        .seed(random.nextInt(1000))
                        .n(1 + random.nextInt(3))
                        .ignoreEos(one(3));
        if (one(2)) {
            params.logprobs(random.nextInt(4));
        }
        if (one(5)) {
            params.stopTokenIds(List.of(letter(), letter()));
        }
        if (searches) {
            params.useBeamSearch(true).lengthPenalty(random.nextInt(5) * 0.5);
        } else {
            sampling(params);
            changes(params, maxTokens);
        }
        GenerationRequest free =
                new GenerationRequest(
                        id,
                        prompt(1 + random.nextInt(maxLength - maxTokens - 1)),
                        params.build(),
                        random.nextInt(3) - 1L,
                        one(6) ? Optional.of("salt") : Optional.empty(),
                        new GenerationRequest.Display(new int[0], false, true));
        if (searches) {
            return free;
        }
        GenerationRequest asked = one(2) ? grammars.guided(free, random) : free;
        return one(3) ? grammars.limited(asked, random) : asked;
    }

    private void sampling(SamplingParamsBuilder params) {
        params.temperature(random.nextInt(4) * 0.5);
        if (one(3)) {
            params.topP(0.05 + random.nextInt(19) * 0.05);
        }
        if (one(3)) {
            params.topK(random.nextInt(50) - 1);
        }
        if (one(4)) {
            params.minP(random.nextInt(10) * 0.1);
        }
        if (one(2)) {
            params.repetitionPenalty(0.5 + random.nextInt(20) * 0.1)
                    .presencePenalty(random.nextInt(5) - 2)
                    .frequencyPenalty(random.nextInt(5) - 2);
        }
        if (one(5)) {
            params.promptLogprobs(random.nextInt(3));
        }
    }

    private void changes(SamplingParamsBuilder params, int maxTokens) {
        if (one(4)) {
            params.minTokens(random.nextInt(maxTokens + 1));
        }
        if (one(4)) {
            params.stop(text(1), text(2)).includeStopStrInOutput(one(2));
        }
        if (one(5)) {
            Map<Integer, Double> bias = new HashMap<>();
            for (int i = 0; i < 40; i++) {
                bias.put(random.nextInt(AnswerLife.VOCABULARY), random.nextInt(20) - 10.0);
            }
            params.logitBias(bias);
        }
        if (one(5)) {
            params.badWords(List.of(text(1), text(2), text(1)));
        }
        if (one(10)) {
            List<Integer> allowed = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                allowed.add(random.nextInt(AnswerLife.VOCABULARY));
            }
            params.allowedTokenIds(allowed);
        }
    }

    private int letter() {
        return FIRST_LETTER + random.nextInt(NUM_LETTERS);
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(NUM_LETTERS)));
        }
        return text.toString();
    }

    /** Many begin alike. */
    private int[] prompt(int length) {
        int[] prompt = random.ints(length, FIRST_LETTER, AnswerLife.VOCABULARY).toArray();
        int same = one(2) ? random.nextInt(length + 1) : 0;
        for (int i = 0; i < same; i++) {
            prompt[i] = FIRST_LETTER + i % NUM_LETTERS;
        }
        return prompt;
    }
}
