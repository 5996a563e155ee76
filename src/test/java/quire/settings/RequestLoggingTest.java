package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.error.ConfigurationException;

class RequestLoggingTest {

    private static RequestLogging of(String... given) {
        Map<String, String> flags = new HashMap<>();
        for (int i = 0; i < given.length; i += 2) {
            flags.put(given[i], given[i + 1]);
        }
        return RequestLogging.of(Settings.lookUp(name -> Optional.ofNullable(flags.get(name))));
    }

    @Test
    void nothingIsLoggedUnlessItIsAskedFor() {
        assertEquals(new RequestLogging(false, 0, Optional.empty()), of());
        assertEquals(
                new RequestLogging(true, 0, Optional.empty()), of("enable-log-requests", "true"));
    }

    @Test
    void answersAreLoggedWholeAndPromptsNotUnlessALengthIsGiven() {
        assertEquals(
                new RequestLogging(true, 0, Optional.of(1_000_000)),
                of("enable-log-requests", "true", "enable-log-outputs", "true"));
        assertEquals(
                new RequestLogging(true, 20, Optional.of(20)),
                of(
                        "enable-log-requests",
                        "true",
                        "enable-log-outputs",
                        "true",
                        "max-log-len",
                        "20"));
        assertEquals(
                new RequestLogging(true, 0, Optional.of(0)),
                of(
                        "enable-log-requests",
                        "true",
                        "enable-log-outputs",
                        "true",
                        "max-log-len",
                        "0"));
    }

    @Test
    void answersAloneAreRefused() {
        assertEquals(
                "--enable-log-outputs needs --enable-log-requests, whose lines it adds to; give"
                        + " both, or leave it out",
                assertThrows(ConfigurationException.class, () -> of("enable-log-outputs", "true"))
                        .getMessage());
    }
}
