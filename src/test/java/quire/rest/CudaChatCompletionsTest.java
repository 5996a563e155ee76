package quire.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import quire.EmulatedServer;
import quire.Outside;

/** Chats with a model on the emulated card. */
@QuarkusTest
@TestProfile(EmulatedServer.class)
class CudaChatCompletionsTest extends ChatCompletionsResourceTest {

    @BeforeAll
    static void needsTheDriver() {
        Outside.CUDA_EMULATOR.path();
    }

    @Override
    List<JsonNode> goldenCases() throws IOException {
        return DemoServer.everyNth(16, super.goldenCases());
    }
}
