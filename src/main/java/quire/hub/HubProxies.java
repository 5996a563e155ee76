package quire.hub;

import java.io.IOException;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import quire.error.ConfigurationException;

/**
 * The proxies of the environment, as curl and Python read them: {@code HTTP_PROXY}, {@code
 * HTTPS_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}, in small letters first. Through a proxy,
 * what goes to an {@code https} address is a tunnel: neither token nor path reach the proxy.
 */
public final class HubProxies {

    static {
        // Without it the JDK keeps the login of a proxy to itself where it is asked for a tunnel.
        if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
            System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
        }
    }

    /** More logins in a row than this were refused: there are as many connections at once. */
    private static final int MAX_LOGINS = RangeCrew.MAX_CONNECTIONS;

    /** {@code [ADDRESS]:PORT}, {@code NAME:PORT}; what has more colons is an address alone. */
    private static final Pattern WITH_PORT = Pattern.compile("(\\[[^\\]]+\\]|[^:\\[]+):(\\d{1,5})");

    private final Optional<HubProxy> http;
    private final Optional<HubProxy> https;
    private final List<String> exceptions;
    private final Optional<Login> login;

    private HubProxies(Optional<HubProxy> http, Optional<HubProxy> https, List<String> exceptions) {
        this.http = http;
        this.https = https;
        this.exceptions = List.copyOf(exceptions);
        login = https.flatMap(HubProxy::login).map(Login::new);
    }

    /**
     * Reads the environment.
     *
     * @throws ConfigurationException naming the variable that cannot be used
     */
    static HubProxies read(Map<String, String> environment) {
        Optional<HubProxy> all = proxy(environment, "all_proxy");
        return new HubProxies(
                proxy(environment, "http_proxy").or(() -> all),
                proxy(environment, "https_proxy").or(() -> all),
                text(environment, "no_proxy").stream()
                        .flatMap(text -> Stream.of(text.split("[,\\s]+")))
                        .filter(entry -> !entry.isEmpty())
                        .toList());
    }

    private static Optional<HubProxy> proxy(Map<String, String> environment, String variable) {
        String shown =
                environment.containsKey(variable) ? variable : variable.toUpperCase(Locale.ROOT);
        return text(environment, variable).map(text -> HubProxy.read(shown, text));
    }

    private static Optional<String> text(Map<String, String> environment, String variable) {
        String large = environment.get(variable.toUpperCase(Locale.ROOT));
        return Optional.ofNullable(environment.getOrDefault(variable, large))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    /** The proxy that leads to the address; empty where it is asked itself. */
    Optional<HubProxy> of(URI uri) {
        Optional<HubProxy> proxy = "https".equals(uri.getScheme()) ? https : http;
        return proxy.filter(named -> exceptions.stream().noneMatch(entry -> excepts(entry, uri)));
    }

    /** A connection to the address, through its proxy if it has one. */
    HttpURLConnection open(URI uri) throws IOException {
        Optional<HubProxy> proxy = of(uri);
        boolean isExcepted = proxy.isEmpty() && !exceptions.isEmpty();
        if (proxy.isEmpty()) {
            // Where the environment says nothing, the properties of Java may.
            return (HttpURLConnection)
                    (isExcepted
                            ? uri.toURL().openConnection(Proxy.NO_PROXY)
                            : uri.toURL().openConnection());
        }
        HttpURLConnection connection =
                (HttpURLConnection) uri.toURL().openConnection(proxy.get().toProxy());
        if ("https".equals(uri.getScheme())) {
            login.ifPresent(connection::setAuthenticator);
        } else {
            proxy.get().login().ifPresent(text -> authorize(connection, text));
        }
        return connection;
    }

    private static void authorize(HttpURLConnection connection, String login) {
        byte[] bytes = login.getBytes(StandardCharsets.UTF_8);
        connection.setRequestProperty(
                "Proxy-Authorization", "Basic " + Base64.getEncoder().encodeToString(bytes));
    }

    /** An answer came through the proxy: it took the login. */
    void led() {
        login.ifPresent(each -> each.asked.set(0));
    }

    /** Whether an entry of {@code NO_PROXY} means the host: a name, a domain, addresses, all. */
    private static boolean excepts(String entry, URI uri) {
        String host = HubProxy.withoutBrackets(uri.getHost()).toLowerCase(Locale.ROOT);
        String named = entry.toLowerCase(Locale.ROOT);
        Matcher withPort = WITH_PORT.matcher(named);
        if (withPort.matches()) {
            if (Integer.parseInt(withPort.group(2)) != Wire.port(uri)) {
                return false;
            }
            named = withPort.group(1);
        }
        named = HubProxy.withoutBrackets(named);
        if (named.equals("*")) {
            return true;
        }
        int slash = named.indexOf('/');
        if (slash > 0) {
            return isWithin(host, named.substring(0, slash), named.substring(slash + 1));
        }
        named = named.replaceFirst("^\\*?\\.", "");
        return host.equals(named) || host.endsWith("." + named) && !isAddress(host);
    }

    private static boolean isAddress(String host) {
        try {
            return InetAddress.ofLiteral(host) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isWithin(String host, String network, String bits) {
        try {
            byte[] address = InetAddress.ofLiteral(host).getAddress();
            byte[] first = InetAddress.ofLiteral(network).getAddress();
            int numBits = Integer.parseInt(bits);
            if (address.length != first.length || numBits < 0 || numBits > 8 * first.length) {
                return false;
            }
            int whole = numBits / 8;
            int mask = numBits % 8 == 0 ? 0 : 0xff << 8 - numBits % 8;
            return Arrays.equals(address, 0, whole, first, 0, whole)
                    && (mask == 0 || ((address[whole] ^ first[whole]) & mask & 0xff) == 0);
        } catch (IllegalArgumentException e) {
            // A name is in no network.
            return false;
        }
    }

    /** Tells the proxy of tunnels who we are, and nobody else. */
    private static final class Login extends Authenticator {

        private final String login;
        private final AtomicInteger asked = new AtomicInteger();

        Login(String login) {
            this.login = login;
        }

        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            if (getRequestorType() != RequestorType.PROXY || asked.incrementAndGet() > MAX_LOGINS) {
                return null;
            }
            int colon = login.indexOf(':');
            String user = colon < 0 ? login : login.substring(0, colon);
            String password = colon < 0 ? "" : login.substring(colon + 1);
            return new PasswordAuthentication(user, password.toCharArray());
        }
    }
}
