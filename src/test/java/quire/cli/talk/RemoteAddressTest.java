package quire.cli.talk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.Message;
import quire.error.ConfigurationException;

/**
 * Which addresses may be those of a server, and what is said where nothing of the kind is there.
 */
class RemoteAddressTest {

    private static final Question HELLO = new Question.Chat(List.of(Message.user("Hello")));

    private static final AnswerListener NOBODY =
            new AnswerListener() {
                @Override
                public void thought(String piece) {}

                @Override
                public void text(String piece) {}
            };

    @Test
    void addressWithoutAServerIsTold() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        String url = "http://127.0.0.1:" + port;
        String said =
                assertThrows(
                                PartnerException.class,
                                () -> new RemotePartner(url, Optional.empty(), Optional.empty()))
                        .getMessage();
        assertEquals(
                "nothing answers at "
                        + url
                        + "/v1; is the server there? 'quire serve MODEL' starts one",
                said);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:8000",
                "ftp://host/v1",
                "http://",
                "http://a b/",
                "",
                "http://host/v1?x=1",
                "file:///etc/passwd"
            })
    void whatIsNoAddressIsRefused(String url) {
        String said =
                assertThrows(
                                ConfigurationException.class,
                                () -> new RemotePartner(url, Optional.empty(), Optional.of("m")))
                        .getMessage();
        assertTrue(said.startsWith("--url is '" + url + "'; it takes the address"), said);
    }

    @Test
    void passwordInAnAddressIsRefusedWithoutBeingShown() {
        String said =
                assertThrows(
                                ConfigurationException.class,
                                () ->
                                        new RemotePartner(
                                                "http://u:secret@host/v1",
                                                Optional.empty(),
                                                Optional.of("m")))
                        .getMessage();
        assertTrue(said.startsWith("--url has a name or a password in it, "), said);
        assertFalse(said.contains("secret"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/v1", "/v1/", "/v1//", "/v1/chat/completions", "/v1/models/"})
    void addressMayBeOfTheServerOfTheApiOrOfARoute(String path) throws IOException {
        try (FakeServer server = new FakeServer((request, events) -> events.end("stop", 1));
                Partner partner =
                        new RemotePartner(
                                server.url().replace("/v1", path),
                                Optional.empty(),
                                Optional.empty())) {
            assertEquals("fake/model", partner.model());
            partner.ask(HELLO, Wishes.NONE).await(NOBODY);
            assertEquals("/v1/chat/completions", server.requests.getFirst().get("path").asText());
        }
    }

    private static String unreachable(String url) {
        return assertThrows(
                        PartnerException.class,
                        () -> new RemotePartner(url, Optional.empty(), Optional.empty()))
                .getMessage();
    }

    /** What is said of a server that says the same to everybody. */
    private static String ofBabble(String scheme, String babble) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                try (Socket caller = server.accept()) {
                                    caller.getOutputStream().write(babble.getBytes(UTF_8));
                                    caller.shutdownOutput();
                                    caller.getInputStream().readAllBytes();
                                } catch (IOException e) {
                                    // It went away.
                                }
                            });
            String url = scheme + "://127.0.0.1:" + server.getLocalPort() + "/v1";
            return unreachable(url).replace(url, "URL");
        }
    }

    @Test
    void serverThatSpeaksSomethingElseIsTold() throws IOException {
        assertEquals(
                "URL does not speak HTTP; is it https there?",
                ofBabble("http", "\u0015\u0003\u001b[2J\r\n\r\n"));
        String said = ofBabble("https", "HTTP/1.1 400 Bad Request\r\n\r\n");
        assertTrue(said.startsWith("URL cannot be asked by https ("), said);
        assertTrue(said.contains("; does it speak http, or "), said);
        assertEquals(
                "there is no host no-such-host.invalid that this machine knows; check --url",
                unreachable("http://no-such-host.invalid"));
    }

    @Test
    void keyThatIsNoneIsRefusedWithoutBeingShown() {
        String said =
                assertThrows(
                                ConfigurationException.class,
                                () ->
                                        new RemotePartner(
                                                "http://h", Optional.of("a\nb"), Optional.of("m")))
                        .getMessage();
        assertEquals(
                "the API key has characters that no header may have; check --api-key or"
                        + " OPENAI_API_KEY",
                said);
    }
}
