package quire;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/**
 * A server whose model runs on the emulated card, with two steps in flight and a KV cache of 272
 * tokens for 16 sequences, which therefore preempt each other. Where that driver is not built, the
 * server is the usual one and nobody asks it: such test classes begin with {@link
 * Outside#CUDA_EMULATOR}.
 */
public final class EmulatedServer implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
        if (Outside.CUDA_EMULATOR.find().isEmpty()) {
            return Map.of();
        }
        return Map.of(
                "quire.backend", "cuda",
                "quire.emulate", "true",
                "quire.max-model-len", "256",
                "quire.max-num-seqs", "16",
                "quire.kv-cache-memory-bytes", "816K");
    }
}
