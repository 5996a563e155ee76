package quire.rest;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import quire.rest.api.model.ChatLogprobs;
import quire.rest.api.model.CompletionLogprobs;
import quire.rest.api.model.TokenLogprob;
import quire.rest.api.model.TopLogprob;

/** Writes the log-probabilities of a chunk as they stand in a whole answer. */
final class LogprobWriter {

    /** Writes one value of a list. */
    private interface Item<T> {
        void write(T value);
    }

    private final JsonBuffer out;

    LogprobWriter(JsonBuffer out) {
        this.out = out;
    }

    void completion(CompletionLogprobs logprobs) {
        out.raw("{\"text_offset\":");
        list(logprobs.getTextOffset(), this::number);
        out.raw(",\"token_logprobs\":");
        list(logprobs.getTokenLogprobs(), this::number);
        out.raw(",\"tokens\":");
        list(logprobs.getTokens(), out::string);
        out.raw(",\"top_logprobs\":");
        list(logprobs.getTopLogprobs(), this::tops);
        out.raw("}");
    }

    private void number(Integer value) {
        out.number(value);
    }

    private void number(Float value) {
        out.raw(value == null ? "null" : Float.toString(value));
    }

    private void tops(Map<String, Float> tops) {
        if (tops == null) {
            out.raw("null");
            return;
        }
        out.raw("{");
        Iterator<Map.Entry<String, Float>> entries = tops.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<String, Float> entry = entries.next();
            out.string(entry.getKey()).raw(":");
            number(entry.getValue());
            out.raw(entries.hasNext() ? "," : "");
        }
        out.raw("}");
    }

    void chat(ChatLogprobs logprobs) {
        out.raw("{\"content\":");
        list(logprobs.getContent(), this::token);
        out.raw(",\"refusal\":null}");
    }

    private void token(TokenLogprob token) {
        open(token.getToken(), token.getLogprob(), token.getBytes());
        out.raw(",\"top_logprobs\":");
        list(token.getTopLogprobs(), this::top);
        out.raw("}");
    }

    private void top(TopLogprob top) {
        open(top.getToken(), top.getLogprob(), top.getBytes());
        out.raw("}");
    }

    private void open(String token, Float logprob, List<Integer> bytes) {
        out.raw("{\"token\":").string(token).raw(",\"logprob\":");
        number(logprob);
        out.raw(",\"bytes\":");
        list(bytes, this::number);
    }

    private <T> void list(List<T> values, Item<T> item) {
        out.raw("[");
        for (int i = 0; i < values.size(); i++) {
            out.raw(i > 0 ? "," : "");
            item.write(values.get(i));
        }
        out.raw("]");
    }
}
