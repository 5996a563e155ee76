package quire.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import quire.error.HubException;

/**
 * One repository in the cache that {@code huggingface_hub} defines: {@code blobs} has each content
 * once under its hash, {@code snapshots/COMMIT} links to them under the names of the repository,
 * {@code refs} says which commit a branch or tag meant last. Whoever changes it holds the lock.
 */
final class HubCache {

    private static final String BLOBS = "blobs";
    private static final String REFS = "refs";
    private static final String SNAPSHOTS = "snapshots";
    private static final int MAX_REF_BYTES = 100;

    private final Path root;
    private final ModelName name;
    private final Path folder;

    /**
     * @param root of the cache, with a folder for each repository
     */
    HubCache(Path root, ModelName name) {
        this.root = root;
        this.name = name;
        folder = root.resolve(name.folder());
    }

    Path folder() {
        return folder;
    }

    Path lockFile() {
        return root.resolve(".locks").resolve(name.folder()).resolve("quire.lock");
    }

    /** Where the bytes of a file lie. */
    Path blob(RepoFile file) {
        return folder.resolve(BLOBS).resolve(file.hash());
    }

    Path snapshot(String commit) {
        return folder.resolve(SNAPSHOTS).resolve(commit);
    }

    void makeFolders() throws IOException {
        Files.createDirectories(folder.resolve(BLOBS));
    }

    /** Bytes that a file system has room for. */
    long usableBytes() throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /** Whether the file is there, as a blob or, where there are no links, in the snapshot. */
    boolean has(String commit, RepoFile file) throws IOException {
        Path copy = snapshot(commit).resolve(file.path());
        return isFile(blob(file), file.size())
                || Files.isRegularFile(copy, LinkOption.NOFOLLOW_LINKS)
                        && isFile(copy, file.size());
    }

    boolean hasAll(String commit, List<RepoFile> files) throws IOException {
        for (RepoFile file : files) {
            if (!has(commit, file)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFile(Path path, long size) throws IOException {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) == size;
    }

    /** Lets the files appear in the snapshot of the commit. */
    void link(String commit, List<RepoFile> files) throws IOException {
        Path snapshot = snapshot(commit);
        for (RepoFile file : files) {
            Path link = snapshot.resolve(file.path());
            makeFolder(folder, link.getParent());
            Path blob = blob(file);
            if (Files.exists(blob, LinkOption.NOFOLLOW_LINKS)) {
                link(link, blob);
            }
        }
    }

    private void link(Path link, Path blob) throws IOException {
        Path target = link.getParent().relativize(blob);
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
            return;
        }
        if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
            throw new HubException(
                    link + " is a folder where a file belongs; remove it and pull again.");
        }
        Path made = link.resolveSibling(".quire-" + blob.getFileName());
        Files.deleteIfExists(made);
        try {
            Files.createSymbolicLink(made, target);
        } catch (UnsupportedOperationException | IOException e) {
            // No links in this file system: the snapshot has the file itself, as with Python.
            made = blob;
        }
        Files.move(made, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes a folder and those above it, none of which may be a link out of the repository's. */
    private static void makeFolder(Path top, Path wanted) throws IOException {
        Path made = top;
        for (Path part : top.relativize(wanted)) {
            made = made.resolve(part);
            try {
                Files.createDirectory(made);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(made, LinkOption.NOFOLLOW_LINKS)) {
                    throw new HubException(
                            made + " is no folder of the cache's own; remove it and pull again.",
                            e);
                }
            }
        }
    }

    /** Remembers which commit a branch or tag means. */
    void remember(String revision, String commit) throws IOException {
        if (RepoFile.isCommit(revision) || commit(revision).equals(Optional.of(commit))) {
            return;
        }
        Path ref = folder.resolve(REFS).resolve(revision);
        makeFolder(folder, ref.getParent());
        Path made = ref.resolveSibling(".quire-" + commit);
        Files.writeString(made, commit);
        Files.move(made, ref, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The commit that a revision meant last, or is. */
    Optional<String> commit(String revision) throws IOException {
        if (RepoFile.isCommit(revision)) {
            return Optional.of(revision);
        }
        Path ref = folder.resolve(REFS).resolve(revision);
        if (!Files.isRegularFile(ref) || Files.size(ref) > MAX_REF_BYTES) {
            return Optional.empty();
        }
        String commit = new String(Files.readAllBytes(ref), StandardCharsets.ISO_8859_1).strip();
        return RepoFile.isCommit(commit) ? Optional.of(commit) : Optional.empty();
    }

    /** The files of a snapshot that are there, with their sizes and without hashes. */
    List<RepoFile> files(String commit) throws IOException {
        Path snapshot = snapshot(commit);
        if (!Files.isDirectory(snapshot)) {
            return List.of();
        }
        List<RepoFile> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(snapshot)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                if (Files.isRegularFile(path)) {
                    String relative = snapshot.relativize(path).toString().replace('\\', '/');
                    files.add(new RepoFile(relative, Files.size(path), ""));
                }
            }
        }
        return files;
    }
}
