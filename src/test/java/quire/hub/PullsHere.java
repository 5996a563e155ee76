package quire.hub;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import quire.error.HubException;

/** A hub of the test's own and a cache that is empty, for tests that pull from one to the other. */
abstract class PullsHere {

    static final String REPO = "owner/model";

    @TempDir Path cache;
    HubServer hub;
    final PullTest.Heard heard = new PullTest.Heard();

    @BeforeEach
    final void start() throws IOException {
        hub = new HubServer();
    }

    @AfterEach
    final void stop() throws IOException {
        hub.close();
    }

    final PulledModel pull(String name, String... more) throws InterruptedException {
        return Pull.of(ModelName.parse(name), hub.settings(cache, more), heard);
    }

    final String refused(String name, String... more) {
        return assertThrows(HubException.class, () -> pull(name, more)).getMessage();
    }
}
