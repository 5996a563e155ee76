package quire.rest;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that go away leave nothing behind that would still generate. */
@QuarkusTest
@Timeout(120)
class DisconnectTest {

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
        awaitLoad(0);
    }

    private static void awaitLoad(int load) throws InterruptedException {
        while (load != given().get("/load").<Integer>path("server_load")) {
            Thread.sleep(20);
        }
    }

    private Socket send(String fields) throws IOException {
        String body = "{\"model\": \"quire-demo\", \"prompt\": \"Once\", \"max_tokens\": 4090,"
                + " \"ignore_eos\": true" + fields + "}";
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.getOutputStream().write(("POST /v1/completions HTTP/1.1\r\nHost: quire\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void clientThatLeavesAStreamEndsItsGeneration() throws Exception {
        try (Socket socket = send(", \"stream\": true, \"n\": 3")) {
            byte[] head = socket.getInputStream().readNBytes(200);
            assertTrue(new String(head, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200"));
            assertEquals(1, given().get("/load").<Integer>path("server_load"));
        }
        awaitLoad(0);
    }

    @Test
    void clientThatLeavesWhileItsAnswerIsMadeEndsItsGeneration() throws Exception {
        try (Socket socket = send("")) {
            awaitLoad(1);
        }
        awaitLoad(0);
    }

    @Test
    void clientThatDoesNotReadHoldsNobodyUp() throws Exception {
        Socket[] sockets = new Socket[4];
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = send(", \"stream\": true, \"n\": 2");
        }
        DemoServer.post("/v1/completions",
                "{\"model\": \"quire-demo\", \"prompt\": \"The capital of Iraq is\", \"temperature\": 0}")
                .statusCode(200);
        for (Socket socket : sockets) {
            socket.close();
        }
        awaitLoad(0);
    }
}
