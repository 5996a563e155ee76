package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is served under /: its files, and what their headers let a browser do with them. */
@QuarkusTest
class PageTest {

    private static final int MAX_BYTES = 100 * 1024;

    /** Policies that let text become script or style, or anything come from elsewhere. */
    private static final List<String> LAX =
            List.of("unsafe-", "*", "http:", "https:", "data:", "blob:");

    private static Map<String, String> files() {
        Map<String, String> files = new TreeMap<>();
        for (String path : Page.paths()) {
            files.put(path, given().get(path).then().statusCode(200).extract().asString());
        }
        return files;
    }

    @Test
    void allOfItIsSmall() {
        int bytes = 0;
        for (String path : Page.paths()) {
            bytes += given().get(path).asByteArray().length;
        }
        assertTrue(bytes > 10_000 && bytes < MAX_BYTES, bytes + " bytes");
    }

    @Test
    void everyFileHasAStrictPolicy() {
        for (String path : Page.paths()) {
            Response response = given().get(path);
            String policy = response.header("Content-Security-Policy");
            assertTrue(
                    policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"));
            LAX.forEach(word -> assertTrue(!policy.contains(word), path + ": " + policy));
            response.then()
                    .header("X-Content-Type-Options", equalTo("nosniff"))
                    .header("Referrer-Policy", equalTo("no-referrer"))
                    .header("Cross-Origin-Opener-Policy", equalTo("same-origin"))
                    .header("Cache-Control", equalTo("no-cache"));
        }
    }

    @Test
    void typesAreThoseOfBrowsers() {
        given().get("/").then().contentType("text/html;charset=UTF-8");
        given().get("/page/main.js").then().contentType("text/javascript;charset=UTF-8");
        given().get("/page/page.css").then().contentType("text/css;charset=UTF-8");
        given().get("/page/icon.svg").then().contentType("image/svg+xml");
    }

    @Test
    void fileThatIsKnownIsNotSentAgain() {
        String tag = given().get("/page/main.js").header("ETag");
        given().header("If-None-Match", tag)
                .get("/page/main.js")
                .then()
                .statusCode(304)
                .header("ETag", equalTo(tag))
                .body(equalTo(""));
        given().header("If-None-Match", "\"other\"").get("/page/main.js").then().statusCode(200);
        assertTrue(!tag.equals(given().get("/page/chat.js").header("ETag")), tag);
    }

    @Test
    void headsHaveTheLengthAndNoBody() {
        Response whole = given().get("/");
        Response head = given().head("/");
        assertEquals(whole.header("Content-Length"), head.header("Content-Length"));
        assertEquals("", head.asString());
    }

    @Test
    void otherFilesAreNotThere() {
        for (String path : List.of("/page", "/page/", "/page/none.js", "/page/index.html")) {
            given().get(path).then().statusCode(404).body("error.code", equalTo("not_found"));
        }
    }

    /** The policy would keep a browser from using any of it. */
    @Test
    void filesNameNoOtherServerAndHaveNoScriptOrStyleInside() {
        Pattern elsewhere = Pattern.compile("(https?:)?//(?!www\\.w3\\.org/2000/svg)[a-z0-9-]+\\.");
        files().forEach(
                        (path, text) ->
                                assertTrue(
                                        !elsewhere.matcher(text).find(), path + " names others"));
        given().get("/")
                .then()
                .body(not(containsString("<style")))
                .body(not(containsString("style=")))
                .body(not(containsString("onclick")))
                .body(startsWith("<!DOCTYPE html>"));
    }

    @Test
    void noScriptTurnsTextIntoElements() {
        Pattern danger =
                Pattern.compile(
                        "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\("
                                + "|new Function|DOMParser|setHTML");
        files().forEach((path, text) -> assertTrue(!danger.matcher(text).find(), path));
    }

    @Test
    void everyFileIsAskedForByThePage() {
        Map<String, String> files = files();
        String index = files.get("/");
        for (String path : files.keySet()) {
            assertTrue(path.equals("/") || index.contains('"' + path.substring(1) + '"'), path);
        }
        given().get("/").then().body(allOf(containsString("autofocus"), containsString("lang=")));
    }
}
