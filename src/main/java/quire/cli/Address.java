package quire.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.regex.Pattern;
import quire.error.ConfigurationException;

/**
 * Where the server is to listen. Tried before the server starts, so that a mistake costs no wait.
 *
 * @param port 0 = any that is free
 */
record Address(String host, int port) {

    private static final int MAX_PORT = 65_535;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");

    /**
     * Takes host and port from the properties that flags became, else from the environment.
     *
     * @throws ConfigurationException if the port is no port
     */
    static Address of(Map<String, String> properties, Map<String, String> environment) {
        String host = setting("host", "127.0.0.1", properties, environment);
        String port = setting("port", "8000", properties, environment);
        if (!NUMBER.matcher(port).matches() || Integer.parseInt(port) > MAX_PORT) {
            throw new ConfigurationException(
                    properties.containsKey("port")
                            ? "--port '" + port + "' is not a port from 0 to " + MAX_PORT
                            : "QUIRE_PORT '"
                                    + port
                                    + "' is not a port from 0 to "
                                    + MAX_PORT
                                    + "; where Kubernetes sets it for a service that is called quire, set"
                                    + " enableServiceLinks: false or give --port");
        }
        return new Address(host, Integer.parseInt(port));
    }

    private static String setting(
            String name,
            String otherwise,
            Map<String, String> properties,
            Map<String, String> environment) {
        String variable = environment.getOrDefault(ServeCommand.variable(name), "").strip();
        return properties.getOrDefault(name, variable.isEmpty() ? otherwise : variable).strip();
    }

    /**
     * The port, or a free one for 0.
     *
     * @throws ConfigurationException if the host is unknown or the system does not let us listen
     */
    int freePort() {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new ConfigurationException(
                    "--host '" + host + "' is not a name or an address that this machine knows");
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
            return socket.getLocalPort();
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
}
