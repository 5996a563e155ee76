package quire.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import quire.error.HubException;

/** Failures of the network in words of ours. */
final class NetworkFault {

    /** How the JDK says that a proxy made no tunnel. */
    private static final Pattern NO_TUNNEL =
            Pattern.compile("Unable to tunnel through proxy.*HTTP/1\\.\\d (\\d{3})");

    private NetworkFault() {}

    /**
     * What a failure means.
     *
     * @param host that was asked
     * @param proxy through which it was asked
     * @throws HubException if the proxy refuses
     */
    static PassingFault of(IOException cause, String host, Optional<HubProxy> proxy) {
        Matcher tunnel = NO_TUNNEL.matcher("" + cause.getMessage());
        if (proxy.isPresent() && tunnel.find() && tunnel.group(1).startsWith("4")) {
            throw proxy.get().refusal(Integer.parseInt(tunnel.group(1)), host);
        }
        String asked = proxy.map(HubProxy::toString).orElse(host);
        String what =
                switch (cause) {
                    case SocketTimeoutException e -> asked + " was silent for too long";
                    case ConnectException e -> asked + " could not be reached";
                    case UnknownHostException e -> asked + " has no address";
                    case SSLException e ->
                            host + " could not be trusted: " + Shown.of("" + e.getMessage());
                    default -> "the connection to " + host + " was cut";
                };
        return new PassingFault(what, Duration.ZERO, cause);
    }
}
