package quire.app;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.BeforeAll;
import quire.EmulatedServer;
import quire.Outside;

/** What a dashboard reads of a model on the emulated card. */
@QuarkusTest
@TestProfile(EmulatedServer.class)
class CudaEngineMetricsTest extends EngineMetricsTest {

    @BeforeAll
    static void needsTheDriver() {
        Outside.CUDA_EMULATOR.path();
    }
}
