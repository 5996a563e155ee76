package quire.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import quire.error.HubException;

/**
 * The protocol of the Hugging Face hub, as {@code hf_api.py} and {@code file_download.py} of {@code
 * huggingface_hub} speak it: a repository's files at one commit, and ranges of their bytes.
 */
final class Hub {

    private static final int MAX_LISTING_BYTES = 1 << 25;

    private final HubSettings settings;
    private final Wire wire;

    Hub(HubSettings settings) {
        this.settings = settings;
        this.wire = new Wire(settings);
    }

    /** Tries of something that this hub may not do at once. */
    Retries retries(String what) {
        return retries(what, "What came is kept: pull again");
    }

    /** The same with another way out. */
    Retries retries(String what, String again) {
        return new Retries(what, settings.patience(), again);
    }

    /**
     * The files of a repository at the commit that the settings' revision means now.
     *
     * @throws HubException if the hub has no such repository or revision, does not give it to us,
     *     or could not be asked; by a {@link PassingFault} if it could not be reached
     */
    Listing listing(ModelName name) throws IOException, InterruptedException {
        Retries retries = retries("the list of files of " + name.repo(), "Try again");
        while (true) {
            try {
                return listed(name);
            } catch (PassingFault fault) {
                retries.failed(fault);
            }
        }
    }

    private Listing listed(ModelName name) throws IOException, InterruptedException {
        URI uri =
                URI.create(
                        settings.endpoint()
                                + "/api/models/"
                                + name.repo()
                                + "/revision/"
                                + encoded(settings.revision())
                                + "?blobs=true");
        Whole whole = new Whole();
        Wire.Answer answer = wire.get(uri, Map.of("Accept", "application/json"), whole);
        if (!answer.isOk()) {
            throw refusal(answer, name, Optional.empty());
        }
        Listing listing = Listing.read(name, whole.bytes());
        String revision = settings.revision();
        if (RepoFile.isCommit(revision) && !listing.commit().equals(revision)) {
            throw new HubException(
                    name.repo()
                            + ": the hub answers for commit "
                            + listing.commit()
                            + " where "
                            + revision
                            + " was asked for; pull again, or from another HF_ENDPOINT.");
        }
        return listing;
    }

    /** Size and hash of a file whose listing has none, from the headers of its address. */
    RepoFile described(ModelName name, String commit, RepoFile file)
            throws IOException, InterruptedException {
        Wire.Answer answer = wire.head(address(name, commit, file));
        if (!answer.isOk() && answer.status() / 100 != 3) {
            throw refusal(answer, name, Optional.of(file));
        }
        String etag =
                answer.header("X-Linked-ETag")
                        .or(() -> answer.header("ETag"))
                        .orElse("")
                        .replaceFirst("^W/", "")
                        .replace("\"", "");
        String size =
                answer.header("X-Linked-Size").or(() -> answer.header("Content-Length")).orElse("");
        if (!RepoFile.isHash(etag) || !size.matches("\\d{1,18}")) {
            throw new HubException(
                    name.repo()
                            + ": the hub does not say size and hash of "
                            + Shown.of(file.path())
                            + ", without which it cannot be checked; use another HF_ENDPOINT.");
        }
        return new RepoFile(file.path(), Long.parseLong(size), etag);
    }

    /**
     * Bytes of a file from one position on.
     *
     * @param first position
     * @param end behind the last, or the file's size
     */
    void fetch(ModelName name, String commit, RepoFile file, Span span, Wire.Body body)
            throws IOException, InterruptedException {
        boolean all = span.first() == 0 && span.end() == file.size();
        Map<String, String> headers =
                all ? Map.of() : Map.of("Range", "bytes=" + span.first() + "-" + (span.end() - 1));
        Wire.Answer answer = wire.get(address(name, commit, file), headers, body);
        if (!answer.isOk()) {
            throw refusal(answer, name, Optional.of(file));
        }
    }

    /**
     * Bytes of a file.
     *
     * @param end behind the last
     */
    record Span(long first, long end) {}

    private URI address(ModelName name, String commit, RepoFile file) {
        String path =
                Arrays.stream(file.path().split("/"))
                        .map(Hub::encoded)
                        .collect(Collectors.joining("/"));
        return URI.create(
                settings.endpoint() + "/" + name.repo() + "/resolve/" + commit + "/" + path);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** What an answer without the wanted means: final, or worth another try. */
    private IOException refusal(Wire.Answer answer, ModelName name, Optional<RepoFile> file) {
        int status = answer.status();
        if (status == 429 || status == 408 || status / 100 == 5) {
            return new PassingFault("the hub answered with " + status, pause(answer), null);
        }
        boolean linkIsOld = !answer.isHub() && status / 100 == 4;
        if (linkIsOld || status == 416 || status / 100 == 3) {
            return new PassingFault("the hub's link led to an answer with " + status);
        }
        throw new HubException(sentence(answer, name, file));
    }

    private String sentence(Wire.Answer answer, ModelName name, Optional<RepoFile> file) {
        String code = answer.header("X-Error-Code").orElse("");
        String repo = name.repo();
        String host = settings.endpoint().getHost();
        String giveToken = "give a token that may read it, such as in HF_TOKEN";
        if (code.equals("GatedRepo")) {
            String page = settings.endpoint() + "/" + repo;
            return settings.token().isPresent()
                    ? repo
                            + " is gated, and the account of the given token may not read it yet;"
                            + " accept its terms at "
                            + page
                            + "."
                    : repo + " is gated: accept its terms at " + page + ", then " + giveToken + ".";
        }
        if (code.equals("RevisionNotFound")) {
            return repo
                    + " has no revision '"
                    + settings.revision()
                    + "'; choose one of its branches, tags or commits.";
        }
        if (file.isPresent() && (code.equals("EntryNotFound") || answer.status() == 404)) {
            return repo
                    + " has no file "
                    + Shown.of(file.get().path())
                    + " any more, though the hub lists it; pull again.";
        }
        return switch (answer.status()) {
            case 401, 404 ->
                    settings.token().isPresent()
                            ? repo
                                    + " is not at "
                                    + host
                                    + ", or the given token may not read it; check the spelling"
                                    + " and the token."
                            : repo
                                    + " is not at "
                                    + host
                                    + ", or it is private; check the spelling, or "
                                    + giveToken
                                    + ".";
            case 403 -> host + " does not give " + repo + " to us; " + giveToken + ".";
            default ->
                    host
                            + " answered with status "
                            + answer.status()
                            + " for "
                            + repo
                            + "; pull again later, or from another HF_ENDPOINT.";
        };
    }

    /** What {@code Retry-After} asks for, in seconds or as a date; nothing where it is neither. */
    private static Duration pause(Wire.Answer answer) {
        String text = answer.header("Retry-After").orElse("").strip();
        if (text.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Instant until =
                    ZonedDateTime.parse(
                                    text,
                                    DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT))
                            .toInstant();
            Duration pause = Duration.between(Instant.now(), until);
            return pause.isNegative() ? Duration.ZERO : pause;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    /** A body in memory, as long as that is not too much. */
    private static final class Whole implements Wire.Body {

        private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

        @Override
        public void begin(int status, Wire.Head head) {}

        @Override
        public boolean take(ByteBuffer bytes) throws IOException {
            if (collected.size() + bytes.remaining() > MAX_LISTING_BYTES) {
                throw new PassingFault(
                        "the hub's list of files is longer than " + Shown.size(MAX_LISTING_BYTES));
            }
            byte[] taken = new byte[bytes.remaining()];
            bytes.get(taken);
            collected.writeBytes(taken);
            return true;
        }

        byte[] bytes() {
            return collected.toByteArray();
        }
    }
}
