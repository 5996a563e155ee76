package quire.settings;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import quire.error.ConfigurationException;

/**
 * Where the server listens.
 *
 * @param host a name or an address, an IPv6 address without brackets
 * @param port 0 = any that is free
 */
public record Address(String host, int port) {

    /** Where the server is to listen. */
    public static Address of(Settings settings) {
        return new Address(settings.of(Flags.HOST), settings.of(Flags.PORT));
    }

    /**
     * Listens for a moment. Tried before the server starts, so that a mistake costs no wait.
     *
     * @throws ConfigurationException if the host is unknown or the system does not let us listen
     */
    public void check() {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new ConfigurationException(
                    "--host '" + host + "' is not a name or an address that this machine knows");
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "cannot listen on "
                            + host
                            + " port "
                            + port
                            + ": "
                            + e.getMessage()
                            + "; choose another with --host and --port",
                    e);
        }
    }

    /** The address as the beginning of a URL: {@code http://[::1]:8000}. */
    public String url() {
        // RFC 6874: the zone of an address is set off by an escaped percent sign.
        String name = host.contains(":") ? "[" + host.replace("%", "%25") + "]" : host;
        return "http://" + name + ":" + port;
    }
}
