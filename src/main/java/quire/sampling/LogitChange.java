package quire.sampling;

/** A change that a request makes to its rows of logits before a token is chosen. Immutable. */
sealed interface LogitChange {

    /** Whether the next row would be changed. */
    boolean applies(SamplingState state);

    /** Changes a row. */
    void apply(LogitRow row, SamplingState state);

    /**
     * {@code allowed_token_ids}: no other token is drawn.
     *
     * @param words as those of a {@link TokenMask}; not changed
     */
    record Allowed(long[] words) implements LogitChange {

        @Override
        public boolean applies(SamplingState state) {
            return true;
        }

        @Override
        public void apply(LogitRow row, SamplingState state) {
            row.allow(words);
        }
    }

    /** {@code bad_words}: what would complete one is not drawn. */
    record Avoided(BadWords words) implements LogitChange {

        @Override
        public boolean applies(SamplingState state) {
            for (int word = 0; word < words.size(); word++) {
                if (words.isDue(word, state)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void apply(LogitRow row, SamplingState state) {
            for (int word = 0; word < words.size(); word++) {
                if (words.isDue(word, state)) {
                    row.forbid(words.last(word));
                }
            }
        }
    }

    /**
     * {@code min_tokens}: nothing that ends a choice is drawn before so many tokens.
     *
     * @param endingTokenIds end-of-sequence and stop tokens; not changed
     */
    record MinTokens(int minTokens, int[] endingTokenIds) implements LogitChange {

        @Override
        public boolean applies(SamplingState state) {
            return state.numOutputTokens() < minTokens;
        }

        @Override
        public void apply(LogitRow row, SamplingState state) {
            row.forbid(endingTokenIds);
        }
    }

    /**
     * {@code logit_bias}: added to logits of the model.
     *
     * @param tokenIds distinct; not changed
     * @param biases of each of them; not changed
     */
    record Bias(int[] tokenIds, float[] biases) implements LogitChange {

        @Override
        public boolean applies(SamplingState state) {
            return true;
        }

        @Override
        public void apply(LogitRow row, SamplingState state) {
            row.add(tokenIds, biases);
        }
    }

    /**
     * {@code repetition_penalty} of tokens in prompt and output, {@code frequency_penalty} and
     * {@code presence_penalty} of those in the output.
     */
    record Penalties(float repetition, float frequency, float presence) implements LogitChange {

        /** Whether tokens of the prompt count too. */
        boolean ofPrompt() {
            return repetition != 1;
        }

        @Override
        public boolean applies(SamplingState state) {
            return true;
        }

        @Override
        public void apply(LogitRow row, SamplingState state) {
            row.penalise(state.counts(), this);
        }
    }
}
