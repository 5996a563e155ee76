package quire.rest;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.engine.ChatRenderer;
import quire.engine.ModelInfo;
import quire.engine.SamplingDefaults;
import quire.template.ChatTemplate;
import quire.tokenizer.Tokenizer;

/** A server that was started with a model, and no flag. */
final class BareServer {

    private BareServer() {}

    /** What reads its requests, for a model of that name. */
    static ApiMapper mapper(String name, Tokenizer tokenizer) {
        return new ApiMapper(
                new Served(
                        new ModelInfo(List.of(name), "X", 1, 64, 4096, Instant.EPOCH),
                        tokenizer,
                        new ChatRenderer(
                                Optional.of(ChatTemplate.compile("{{ messages[0].content }}")),
                                Map.of()),
                        SamplingDefaults.NONE,
                        new RequestPolicy(20, false, false, Optional.empty(), Map.of())));
    }
}
