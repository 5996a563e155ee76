package quire.rest;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.BeforeAll;
import quire.EmulatedServer;
import quire.Outside;

/** Log-probabilities of a model on the emulated card. */
@QuarkusTest
@TestProfile(EmulatedServer.class)
class CudaLogprobsTest extends LogprobsTest {

    @BeforeAll
    static void needsTheDriver() {
        Outside.CUDA_EMULATOR.path();
    }

    @Override
    int rounds() {
        return 4;
    }
}
