package quire.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import quire.settings.Flags;
import quire.settings.Settings;

/**
 * The page for people: a chat, and beside it the engine at work. Its files lie under {@code
 * quire/page} of the resources and are served as they are. They hold no secret, so they load
 * without an API key; what they then ask for wants one.
 */
@Singleton
final class Page {

    static final String PATH = "/";

    private static final String FOLDER = "/page/";
    private static final String MODULE = "text/javascript;charset=UTF-8";

    /** The paths, each with the type of what is there. */
    private static final Map<String, String> TYPES =
            Map.ofEntries(
                    Map.entry(PATH, "text/html;charset=UTF-8"),
                    Map.entry(FOLDER + "page.css", "text/css;charset=UTF-8"),
                    Map.entry(FOLDER + "icon.svg", "image/svg+xml"),
                    Map.entry(FOLDER + "main.js", MODULE),
                    Map.entry(FOLDER + "chat.js", MODULE),
                    Map.entry(FOLDER + "message.js", MODULE),
                    Map.entry(FOLDER + "stream.js", MODULE),
                    Map.entry(FOLDER + "store.js", MODULE),
                    Map.entry(FOLDER + "settings.js", MODULE),
                    Map.entry(FOLDER + "markdown.js", MODULE),
                    Map.entry(FOLDER + "engine.js", MODULE),
                    Map.entry(FOLDER + "blocks.js", MODULE),
                    Map.entry(FOLDER + "dom.js", MODULE));

    /**
     * A browser takes scripts and styles from this server's files alone, none from text, and talks
     * to nobody else; no script may turn text into elements, and no other page may frame this one.
     */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
                    + " 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                    + " require-trusted-types-for 'script'; trusted-types 'none'";

    private final Map<String, File> files = new TreeMap<>();

    /**
     * What is sent.
     *
     * @param tag changes with the content
     */
    private record File(String type, Buffer content, String tag) {}

    Page(Settings settings) {
        if (!settings.of(Flags.DISABLE_UI)) {
            TYPES.forEach((path, type) -> files.put(path, read(path, type)));
        }
    }

    /** Whether the path is one of its own. */
    static boolean has(String path) {
        return TYPES.containsKey(path);
    }

    /** All of its paths. */
    static Set<String> paths() {
        return TYPES.keySet();
    }

    void routes(@Observes Router router) {
        files.forEach(
                (path, file) -> HttpGate.page(router, path, context -> answer(context, file)));
    }

    private static void answer(RoutingContext context, File file) {
        HttpServerResponse response =
                context.response()
                        .putHeader("Content-Security-Policy", POLICY)
                        .putHeader("X-Content-Type-Options", "nosniff")
                        .putHeader("Referrer-Policy", "no-referrer")
                        .putHeader("Cross-Origin-Opener-Policy", "same-origin")
                        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                        .putHeader(HttpHeaders.ETAG, file.tag());
        if (file.tag().equals(context.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
            response.setStatusCode(304).end();
        } else {
            int length = file.content().length();
            response.putHeader(HttpHeaders.CONTENT_TYPE, file.type())
                    .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(length));
            if (context.request().method() == HttpMethod.HEAD) {
                response.end();
            } else {
                response.end(file.content());
            }
        }
    }

    private static File read(String path, String type) {
        String name = path.equals(PATH) ? "/quire/page/index.html" : "/quire" + path;
        try (InputStream stream = Page.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("the program has no " + name);
            }
            byte[] content = stream.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            String tag = '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
            return new File(type, Buffer.buffer(content), tag);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
