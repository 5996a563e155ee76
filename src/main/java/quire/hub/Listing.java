package quire.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import quire.error.HubException;

/**
 * The files of a repository at one commit, as a hub lists them, checked: no path leads out of the
 * repository's folder, no file is also a folder, hashes are hashes.
 *
 * @param commit 40 hex digits
 */
record Listing(String commit, List<RepoFile> files) {

    private static final int MAX_FILES = 100_000;
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(64)
                                    .maxNumberLength(64)
                                    .build())
                    .build();

    /**
     * Reads the answer of {@code /api/models/…/revision/…}.
     *
     * @throws PassingFault if it is no such answer
     * @throws HubException if what it says must not be used
     */
    static Listing read(ModelName name, byte[] json) throws PassingFault {
        String commit = "";
        List<RepoFile> files = new ArrayList<>();
        try (JsonParser in = FACTORY.createParser(json)) {
            expectObject(in, in.nextToken());
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String field = in.currentName();
                JsonToken value = in.nextToken();
                if (field.equals("sha") && value == JsonToken.VALUE_STRING) {
                    commit = in.getText();
                } else if (field.equals("siblings") && value == JsonToken.START_ARRAY) {
                    while (in.nextToken() != JsonToken.END_ARRAY && files.size() <= MAX_FILES) {
                        files.add(file(in));
                    }
                } else {
                    in.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new PassingFault("the hub's list of files cannot be read", Duration.ZERO, e);
        }
        check(name, commit, files);
        // What has an odd name is none of the files that a model needs.
        return new Listing(commit, files.stream().filter(RepoFile::isUsable).toList());
    }

    private static void expectObject(JsonParser in, JsonToken found) throws IOException {
        if (found != JsonToken.START_OBJECT) {
            throw new IOException("an object is needed, not " + found + " at " + in.currentName());
        }
    }

    private static RepoFile file(JsonParser in) throws IOException {
        expectObject(in, in.currentToken());
        String path = "";
        long size = -1;
        String sha1 = "";
        Optional<Lfs> lfs = Optional.empty();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            switch (field) {
                case "rfilename" -> path = in.getText();
                case "size" -> size = value == JsonToken.VALUE_NUMBER_INT ? in.getLongValue() : -1;
                case "blobId" -> sha1 = value == JsonToken.VALUE_STRING ? in.getText() : "";
                case "lfs" -> {
                    if (value == JsonToken.START_OBJECT) {
                        lfs = Optional.of(lfs(in));
                    }
                }
                default -> in.skipChildren();
            }
            if (in.currentToken() == JsonToken.START_ARRAY
                    || in.currentToken() == JsonToken.START_OBJECT) {
                in.skipChildren();
            }
        }
        return lfs.isPresent()
                ? new RepoFile(path, size < 0 ? lfs.get().size : size, lfs.get().sha256)
                : new RepoFile(path, size, sha1);
    }

    /** What a hub says of a file that it keeps outside of git. */
    private record Lfs(String sha256, long size) {}

    private static Lfs lfs(JsonParser in) throws IOException {
        String sha256 = "";
        long size = -1;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            boolean isHash = field.equals("sha256") || field.equals("oid");
            if (value == JsonToken.VALUE_STRING && isHash) {
                sha256 = in.getText().replaceFirst("^sha256:", "");
            } else if (value == JsonToken.VALUE_NUMBER_INT && field.equals("size")) {
                size = in.getLongValue();
            } else {
                in.skipChildren();
            }
        }
        return new Lfs(sha256, size);
    }

    private static void check(ModelName name, String commit, List<RepoFile> files) {
        if (!RepoFile.isCommit(commit)) {
            throw new HubException(
                    name.repo()
                            + ": the hub names the commit '"
                            + Shown.of(commit)
                            + "', which is none; use another HF_ENDPOINT.");
        }
        if (files.size() > MAX_FILES) {
            throw new HubException(
                    name.repo() + " has more than " + MAX_FILES + " files, which is no model.");
        }
        Set<String> paths = new HashSet<>();
        for (RepoFile file : files) {
            RepoFile.fault(file.path())
                    .ifPresent(
                            why -> {
                                throw refused(name, file, "whose name " + why);
                            });
            if (!file.hash().isEmpty() && !RepoFile.isHash(file.hash())) {
                throw refused(name, file, "with the hash '" + Shown.of(file.hash()) + "'");
            }
            if (!paths.add(file.path())) {
                throw refused(name, file, "twice");
            }
        }
        for (String path : paths) {
            for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
                if (paths.contains(path.substring(0, slash))) {
                    throw refused(name, new RepoFile(path, 0, ""), "inside what is a file as well");
                }
            }
        }
    }

    private static HubException refused(ModelName name, RepoFile file, String why) {
        return new HubException(
                name.repo()
                        + ": the hub lists the file '"
                        + Shown.of(file.path())
                        + "' "
                        + why
                        + "; nothing was written. Use another HF_ENDPOINT or repository.");
    }
}
