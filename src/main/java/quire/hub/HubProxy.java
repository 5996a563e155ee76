package quire.hub;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import quire.error.ConfigurationException;
import quire.error.HubException;

/**
 * A proxy that a variable of the environment names. Has no text form with its password.
 *
 * @param variable that names it
 * @param login {@code USER:PASSWORD}, where it wants one
 */
record HubProxy(String variable, String host, int port, Optional<String> login) {

    private static final int DEFAULT_PORT = 80;

    /**
     * Reads {@code http://USER:PASSWORD@HOST:PORT}, of which the host is needed.
     *
     * @throws ConfigurationException that does not show the text, for it may have a password
     */
    static HubProxy read(String variable, String text) {
        String address = text.contains("://") ? text : "http://" + text;
        try {
            URI uri = new URI(address.replaceFirst("/+$", ""));
            if (!"http".equalsIgnoreCase(uri.getScheme())) {
                throw new ConfigurationException(
                        variable
                                + " names a proxy by "
                                + Shown.of("" + uri.getScheme())
                                + "://, but Quire asks proxies by http:// alone; name one that is"
                                + " asked so, or unset "
                                + variable);
            }
            if (uri.getHost() != null) {
                return new HubProxy(
                        variable,
                        withoutBrackets(uri.getHost()),
                        uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                        Optional.ofNullable(uri.getRawUserInfo()).map(HubProxy::decoded));
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // As any other text that is no address.
        }
        throw new ConfigurationException(
                variable
                        + " is not the address of a proxy; one looks like http://HOST:PORT, or"
                        + " http://USER:PASSWORD@HOST:PORT with %40 for an @ in the password");
    }

    /** A host of an address as it is compared and connected to. */
    static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    private static String decoded(String userInfo) {
        return URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Its name is looked up when it is connected to. */
    Proxy toProxy() {
        return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
    }

    /** What a proxy says about a login, or about a host that it leads nobody to. */
    HubException refusal(int status, String target) {
        return new HubException(
                this
                        + " does not lead to "
                        + target
                        + ": it answered with status "
                        + status
                        + "; put the login that it wants into "
                        + variable
                        + " (http://USER:PASSWORD@HOST:PORT), or name "
                        + target
                        + " in NO_PROXY.");
    }

    @Override
    public String toString() {
        return "the proxy " + Shown.of(host) + ":" + port + " of " + variable;
    }
}
