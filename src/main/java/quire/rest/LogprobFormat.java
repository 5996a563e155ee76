package quire.rest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import quire.rest.api.model.ChatLogprobs;
import quire.rest.api.model.CompletionLogprobs;
import quire.rest.api.model.PromptLogprob;
import quire.rest.api.model.TokenLogprob;
import quire.rest.api.model.TopLogprob;
import quire.sampling.TokenLogprobs;
import quire.tokenizer.Tokenizer;

/**
 * How an answer tells the log-probabilities of tokens, in the shapes of both routes.
 *
 * @param skipSpecialTokens whether special tokens are no part of the text
 * @param namesById whether tokens are called {@code token_id:17}, which any of them can be
 * @param logprobs likeliest tokens with each token of the text; empty = nothing is told
 * @param promptLogprobs likeliest tokens with each token of the prompt, beside the text; empty =
 *     nothing is told
 */
record LogprobFormat(
        Tokenizer tokenizer,
        boolean skipSpecialTokens,
        boolean namesById,
        OptionalInt logprobs,
        OptionalInt promptLogprobs) {

    /** JSON has no infinity; this stands for less than any likelihood, as in vLLM. */
    private static final float LEAST = -9999;

    private static final int CONTINUATION_MASK = 0xC0;
    private static final int CONTINUATION = 0x80;

    /** Whether an answer is much longer than its text. */
    boolean tellsAnything() {
        return logprobs.isPresent() || promptLogprobs.isPresent();
    }

    /**
     * For a completion; null where nothing is told.
     *
     * @param offset characters of the text before these tokens
     */
    CompletionLogprobs completion(List<TokenLogprobs> tokens, int offset) {
        if (tokens.isEmpty()) {
            return null;
        }
        List<Integer> offsets = new ArrayList<>(tokens.size());
        List<Float> values = new ArrayList<>(tokens.size());
        List<String> texts = new ArrayList<>(tokens.size());
        List<Map<String, Float>> tops = new ArrayList<>(tokens.size());
        int at = offset;
        for (TokenLogprobs token : tokens) {
            offsets.add(at);
            at += characters(token.tokenId());
            texts.add(name(token.tokenId()));
            values.add(token.isKnown() ? (Float) finite(token.logprob()) : null);
            tops.add(token.isKnown() ? tops(token) : null);
        }
        return new CompletionLogprobs()
                .textOffset(offsets)
                .tokenLogprobs(values)
                .tokens(texts)
                .topLogprobs(tops);
    }

    /** Characters of the text that tokens begin. */
    int characters(List<TokenLogprobs> tokens) {
        return tokens.stream().mapToInt(token -> characters(token.tokenId())).sum();
    }

    private int characters(int tokenId) {
        if (skipSpecialTokens && tokenizer.isSpecial(tokenId)) {
            return 0;
        }
        int begun = 0;
        for (byte b : tokenizer.bytes(tokenId)) {
            begun += (b & CONTINUATION_MASK) == CONTINUATION ? 0 : 1;
        }
        return begun;
    }

    /** The token and the likeliest ones; the greater value of those that read alike. */
    private Map<String, Float> tops(TokenLogprobs token) {
        Map<String, Float> tops = new LinkedHashMap<>();
        tops.put(name(token.tokenId()), finite(token.logprob()));
        for (int i = 0; i < numTop(token, logprobs); i++) {
            tops.merge(name(token.topIds()[i]), finite(token.topLogprobs()[i]), Math::max);
        }
        return tops;
    }

    private static int numTop(TokenLogprobs token, OptionalInt wanted) {
        return Math.min(token.topIds().length, wanted.orElse(0));
    }

    /** The token's characters, or its bytes where these are not whole ones. */
    private String name(int tokenId) {
        if (namesById) {
            return id(tokenId);
        }
        String text = tokenizer.text(tokenId);
        byte[] bytes = tokenizer.bytes(tokenId);
        if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            return text;
        }
        StringBuilder name = new StringBuilder("bytes:");
        for (byte b : bytes) {
            name.append(String.format("\\x%02x", b));
        }
        return name.toString();
    }

    private static String id(int tokenId) {
        return "token_id:" + tokenId;
    }

    private String spelled(int tokenId) {
        return namesById ? id(tokenId) : tokenizer.text(tokenId);
    }

    /** For a chat; null where nothing is told. */
    ChatLogprobs chat(List<TokenLogprobs> tokens) {
        return tokens.isEmpty()
                ? null
                : new ChatLogprobs().content(tokens.stream().map(this::chat).toList());
    }

    private TokenLogprob chat(TokenLogprobs token) {
        List<TopLogprob> tops = new ArrayList<>();
        for (int i = 0; i < numTop(token, logprobs); i++) {
            int id = token.topIds()[i];
            tops.add(
                    new TopLogprob()
                            .token(spelled(id))
                            .logprob(finite(token.topLogprobs()[i]))
                            .bytes(bytes(id)));
        }
        return new TokenLogprob()
                .token(spelled(token.tokenId()))
                .logprob(finite(token.logprob()))
                .bytes(bytes(token.tokenId()))
                .topLogprobs(tops);
    }

    private List<Integer> bytes(int tokenId) {
        byte[] bytes = tokenizer.bytes(tokenId);
        List<Integer> values = new ArrayList<>(bytes.length);
        for (byte b : bytes) {
            values.add(Byte.toUnsignedInt(b));
        }
        return values;
    }

    /** Of a prompt's tokens by their ids; null where nothing is told. */
    List<Map<String, PromptLogprob>> prompt(List<TokenLogprobs> tokens) {
        if (promptLogprobs.isEmpty() || tokens.isEmpty()) {
            return null;
        }
        List<Map<String, PromptLogprob>> all = new ArrayList<>(tokens.size());
        for (TokenLogprobs token : tokens) {
            all.add(token.isKnown() ? ranked(token) : null);
        }
        return all;
    }

    private Map<String, PromptLogprob> ranked(TokenLogprobs token) {
        Map<String, PromptLogprob> ranked = new LinkedHashMap<>();
        put(ranked, token.tokenId(), token.logprob(), token.rank());
        for (int i = 0; i < numTop(token, promptLogprobs); i++) {
            put(ranked, token.topIds()[i], token.topLogprobs()[i], i + 1);
        }
        return ranked;
    }

    private void put(Map<String, PromptLogprob> ranked, int tokenId, float logprob, int rank) {
        ranked.put(
                Integer.toString(tokenId),
                new PromptLogprob()
                        .logprob(finite(logprob))
                        .rank(rank)
                        .decodedToken(tokenizer.text(tokenId)));
    }

    private static float finite(float logprob) {
        return Math.max(logprob, LEAST);
    }
}
