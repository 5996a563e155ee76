package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.ConfigurationException;

class AddressTest {

    private static int port(String text) {
        return Flags.PORT.kind().read(Given.of(Origin.COMMAND_LINE, Flags.PORT, List.of(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65535", " 80 "})
    void portsAtBothEndsAreTaken(String text) {
        assertEquals(Integer.parseInt(text.strip()), port(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "65536", "99999", "999999999999", "eighty", "80.0", "8K"})
    void otherPortsAreRefused(String text) {
        assertEquals(
                "--port '" + text + "' is not a port from 0 to 65535",
                assertThrows(ConfigurationException.class, () -> port(text)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"::1, ::1", "[::1], ::1", "0.0.0.0, 0.0.0.0", "' localhost ', localhost"})
    void hostsAreTakenWithAndWithoutBrackets(String text, String host) {
        assertEquals(
                host,
                Flags.HOST.kind().read(Given.of(Origin.COMMAND_LINE, Flags.HOST, List.of(text))));
    }

    @Test
    void urlsPutIpv6AddressesInBrackets() {
        assertEquals("http://127.0.0.1:8000", new Address("127.0.0.1", 8000).url());
        assertEquals("http://[::1]:1", new Address("::1", 1).url());
        assertEquals("http://[fe80::1%25eth0]:1", new Address("fe80::1%eth0", 1).url());
    }

    @Test
    void portInUseIsRefused() throws IOException {
        new Address("127.0.0.1", 0).check();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Address address = new Address("127.0.0.1", taken.getLocalPort());
            String sentence =
                    assertThrows(ConfigurationException.class, address::check).getMessage();
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
                                () -> new Address("no-such-host.invalid", 0).check())
                        .getMessage();
        assertEquals(
                "--host 'no-such-host.invalid' is not a name or an address that this machine knows",
                sentence);
        assertThrows(ConfigurationException.class, () -> new Address("192.0.2.1", 0).check());
    }
}
