package quire.e2e;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.BeforeAll;
import quire.EmulatedServer;
import quire.Outside;

/** Clients that go away from a model on the emulated card, with two steps in flight. */
@QuarkusTest
@TestProfile(EmulatedServer.class)
class CudaDisconnectTest extends DisconnectTest {

    @BeforeAll
    static void needsTheDriver() {
        Outside.CUDA_EMULATOR.path();
    }

    @Override
    int longAnswer() {
        return 240;
    }

    @Override
    int stepsInFlight() {
        return 2;
    }
}
