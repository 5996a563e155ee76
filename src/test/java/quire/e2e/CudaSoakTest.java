package quire.e2e;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.BeforeAll;
import quire.EmulatedServer;
import quire.Outside;

/**
 * Clients of every sort at once, whose model is on the emulated card: what they hear with two steps
 * in flight, in a batch, after a preemption and alone is the same. As many requests as {@code
 * -Dquire.soak.emulated} says.
 */
@QuarkusTest
@TestProfile(EmulatedServer.class)
class CudaSoakTest extends SoakTest {

    @BeforeAll
    static void needsTheDriver() {
        Outside.CUDA_EMULATOR.path();
    }

    @Override
    Load load() {
        int requests = Integer.getInteger("quire.soak.emulated", 60);
        return new Load(
                requests, 24, Math.max(12, requests / 20), new SoakRequest.Longest(100, 32));
    }
}
