package quire.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.ConfigurationException;

/** Hubs behind a proxy, as the environment names it. */
class ProxyTest extends PullsHere {

    private ProxyServer proxy;
    private HubFiles files;

    @BeforeEach
    void startProxy() throws IOException {
        proxy = new ProxyServer();
        files = HubFiles.model("a", 300_000, 1);
        hub.put(REPO, "main", files);
    }

    @AfterEach
    void stopProxy() throws IOException {
        proxy.close();
    }

    private static void assertIs(byte[] bytes, Path file) throws IOException {
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"})
    void plainAddressesGoThroughIt(String variable) throws Exception {
        PulledModel pulled = pull(REPO, variable, "http://" + proxy.address() + "/");
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        assertEquals(hub.seen.size(), proxy.heads.size());
        assertTrue(proxy.heads.stream().allMatch(h -> h.startsWith("GET http://")), "absolute");
    }

    @Test
    void smallLettersWinAndTheSchemeMayBeLeftOut() throws Exception {
        pull(REPO, "HTTP_PROXY", "http://127.0.0.1:1", "http_proxy", proxy.address());
        assertTrue(proxy.heads.size() > 0);
        pull(REPO, "HTTP_PROXY", "http://127.0.0.1:1", "http_proxy", "");
    }

    @Test
    void loginIsGivenToTheProxyAndToNobodyElse() throws Exception {
        proxy.login = "user:p@ss+word";
        hub.gate(REPO);
        String address = "http://user:p%40ss+word@" + proxy.address();
        PulledModel pulled = pull(REPO, "HTTP_PROXY", address, "HF_TOKEN", "hf_secret");
        assertIs(files.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
        assertTrue(
                hub.seen.stream().allMatch(r -> r.header("proxy-authorization").isEmpty()),
                "the proxy keeps it");
        assertEquals(0, hub.leaks());
    }

    @Test
    void proxyThatRefusesIsASentence() {
        proxy.login = "user:word";
        String wrong = refused(REPO, "HTTP_PROXY", "http://user:wrong@" + proxy.address());
        assertTrue(
                wrong.startsWith(
                        "the proxy "
                                + proxy.address()
                                + " of HTTP_PROXY does not lead to 127.0.0.1: it answered with"
                                + " status 407; put the login that it wants into HTTP_PROXY"),
                wrong);
        assertFalse(wrong.contains("wrong"), wrong);
        assertEquals(1, proxy.heads.size(), "a login that is refused is not tried again");
        assertEquals(0, hub.seen.size());
    }

    @Test
    void proxyThatIsNotThereIsNamed() {
        String gone = "http://127.0.0.1:1";
        String sentence = refused(REPO, "ALL_PROXY", gone, "HF_HUB_DOWNLOAD_TIMEOUT", "1");
        assertTrue(
                sentence.contains("the proxy 127.0.0.1:1 of ALL_PROXY could not be reached"),
                sentence);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*|true",
                "127.0.0.1,localhost|true",
                "other, 127.0.0.0/8 localhost|true",
                "127.0.0.0/33|false",
                "126.0.0.0/8|false",
                "0.0.1|false",
                "example.com|false"
            })
    void exceptionsAreAskedThemselves(String exceptions, boolean direct) throws Exception {
        pull(REPO, "http_proxy", proxy.address(), "NO_PROXY", exceptions);
        long originally = proxy.heads.stream().filter(h -> h.contains("//127.0.0.1:")).count();
        assertEquals(direct, originally == 0, proxy.heads + "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://hub.example.com/x|example.com|true",
                "https://hub.example.com/x|.example.com|true",
                "https://hub.example.com/x|*.Example.com|true",
                "https://hub.example.com/x|hub.example.com:443|true",
                "https://hub.example.com/x|hub.example.com:8443|false",
                "https://notexample.com/x|example.com|false",
                "http://[2001:db8::1]:8080/x|2001:db8::1|true",
                "http://[2001:db8::1]:8080/x|[2001:db8::1]:8080|true",
                "http://[2001:db8::1]:8080/x|[2001:db8::1]:80|false",
                "http://[2001:db8::1]:8080/x|2001:db8::/32|true",
                "http://[2001:db8::1]:8080/x|10.0.0.0/8|false",
                "http://10.1.2.3/x|10.0.0.0/12|true",
                "http://10.17.2.3/x|10.0.0.0/12|false"
            })
    void exceptionsAreNamesDomainsPortsAndNetworks(String address, String entry, boolean direct) {
        HubProxies proxies =
                HubProxies.read(Map.of("ALL_PROXY", "proxy:3128", "no_proxy", "else," + entry));
        assertEquals(direct, proxies.of(URI.create(address)).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5://proxy:1080", "https://proxy", "http://", "http://u:secret@"})
    void whatIsNoProxyIsRefused(String text) {
        String sentence =
                assertThrows(
                                ConfigurationException.class,
                                () -> hub.settings(cache, "HTTPS_PROXY", text))
                        .getMessage();
        assertTrue(sentence.startsWith("HTTPS_PROXY "), sentence);
        assertFalse(sentence.contains("secret"), sentence);
        hub.settings(cache, "HTTPS_PROXY", text, "HF_HUB_OFFLINE", "1");
    }

    /** The hub, by TLS. */
    private ServerSocket tls(Path folder) throws Exception {
        Path store = folder.resolve("store");
        Process keytool =
                new ProcessBuilder(
                                (System.getProperty("java.home")
                                                + "/bin/keytool -genkeypair -keyalg EC -alias hub"
                                                + " -dname CN=hub -ext SAN=ip:127.0.0.1 -storepass"
                                                + " secret -keystore "
                                                + store)
                                        .split(" "))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertEquals(0, keytool.waitFor(), said);
        KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
        KeyManagerFactory ours = KeyManagerFactory.getInstance("PKIX");
        ours.init(keys, "secret".toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(ours.getKeyManagers(), trusted.getTrustManagers(), null);
        HttpsURLConnection.setDefaultSSLSocketFactory(context.getSocketFactory());
        return context.getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private void lead(ServerSocket secure) {
        try {
            while (true) {
                Socket client = secure.accept();
                Socket server = new Socket("127.0.0.1", URI.create(hub.url()).getPort());
                Thread.ofVirtual().start(() -> pump(client, server));
                Thread.ofVirtual().start(() -> pump(server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void pump(Socket from, Socket to) {
        try (to) {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
        } catch (IOException e) {
            // A side is gone.
        }
    }

    @Test
    void secureAddressesGoThroughATunnelThatShowsTheProxyNothing(@TempDir Path folder)
            throws Exception {
        HubFiles small =
                HubFiles.at("small").with("config.json", "{}").with("model.safetensors", 900, 1);
        hub.put(REPO, "main", small);
        hub.gate(REPO);
        proxy.login = "user:word";
        SSLSocketFactory before = HttpsURLConnection.getDefaultSSLSocketFactory();
        try (ServerSocket secure = tls(folder)) {
            Thread.ofPlatform().daemon(true).start(() -> lead(secure));
            String[] more = {
                "HF_ENDPOINT", "https://127.0.0.1:" + secure.getLocalPort(),
                "HTTPS_PROXY", "http://user:word@" + proxy.address(),
                "HF_TOKEN", "hf_secret"
            };
            PulledModel pulled = pull(REPO, more);
            assertIs(small.bytes("model.safetensors"), pulled.path().resolve("model.safetensors"));
            assertTrue(proxy.heads.stream().allMatch(h -> h.startsWith("CONNECT 127.0.0.1:")));
            assertFalse(proxy.heard("hf_secret") || proxy.heard("owner"), proxy.heads + "");
            proxy.login = "user:other";
            proxy.heads.clear();
            hub.put(REPO, "main", HubFiles.model("b", 900, 2));
            proxy.close();
            proxy = new ProxyServer();
            proxy.login = "user:other";
            more[3] = "http://user:word@" + proxy.address();
            String sentence = refused(REPO, more);
            assertTrue(sentence.contains("it answered with status 407; put the login"), sentence);
            assertTrue(proxy.heads.size() <= 9, proxy.heads.size() + " logins");
        } finally {
            HttpsURLConnection.setDefaultSSLSocketFactory(before);
        }
    }
}
