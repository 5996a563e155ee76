package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.ConfigurationException;

class AddressTest {

    @Test
    void flagWinsOverEnvironmentAndThatOverTheDefault() {
        assertEquals(new Address("127.0.0.1", 8000), Address.of(Map.of(), Map.of()));
        assertEquals(
                new Address("::1", 1),
                Address.of(Map.of(), Map.of("QUIRE_HOST", "::1", "QUIRE_PORT", "1")));
        assertEquals(
                new Address("0.0.0.0", 2),
                Address.of(
                        Map.of("host", "0.0.0.0", "port", "2"),
                        Map.of("QUIRE_HOST", "::1", "QUIRE_PORT", "1")));
        assertEquals(
                new Address("127.0.0.1", 8000),
                Address.of(Map.of(), Map.of("QUIRE_PORT", "", "QUIRE_HOST", " ")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65535"})
    void portsAtBothEndsAreTaken(String port) {
        assertEquals(Integer.parseInt(port), Address.of(Map.of("port", port), Map.of()).port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "65536", "99999", "999999999999", "eighty", "80.0", "8K"})
    void otherPortsAreRefused(String port) {
        assertEquals(
                "--port '" + port + "' is not a port from 0 to 65535",
                assertThrows(
                                ConfigurationException.class,
                                () -> Address.of(Map.of("port", port), Map.of()))
                        .getMessage());
    }

    @Test
    void variableThatKubernetesSetsIsExplained() {
        String sentence =
                assertThrows(
                                ConfigurationException.class,
                                () ->
                                        Address.of(
                                                Map.of(),
                                                Map.of("QUIRE_PORT", "tcp://10.0.0.1:8000")))
                        .getMessage();
        assertTrue(sentence.startsWith("QUIRE_PORT 'tcp://10.0.0.1:8000' is not a port"), sentence);
        assertTrue(sentence.contains("enableServiceLinks"), sentence);
    }

    @Test
    void zeroBecomesAFreePortAndAPortInUseIsRefused() throws IOException {
        assertTrue(new Address("127.0.0.1", 0).freePort() > 0);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Address address = new Address("127.0.0.1", taken.getLocalPort());
            String sentence =
                    assertThrows(ConfigurationException.class, address::freePort).getMessage();
            assertTrue(
                    sentence.startsWith("cannot listen on 127.0.0.1 port " + taken.getLocalPort()),
                    sentence);
            assertTrue(sentence.endsWith("choose another with --host and --port"), sentence);
        }
    }

    @Test
    void hostsThatNobodyKnowsAreRefused() {
        String sentence =
                assertThrows(
                                ConfigurationException.class,
                                () -> new Address("no-such-host.invalid", 0).freePort())
                        .getMessage();
        assertEquals(
                "--host 'no-such-host.invalid' is not a name or an address that this machine knows",
                sentence);
        assertThrows(ConfigurationException.class, () -> new Address("192.0.2.1", 0).freePort());
    }
}
