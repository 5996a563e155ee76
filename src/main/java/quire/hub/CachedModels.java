package quire.hub;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import quire.error.HubException;

/** The models of a cache: what there is, and how it goes away. Nothing here asks a hub. */
public final class CachedModels {

    private final Path root;

    /**
     * @param root of the cache
     */
    public CachedModels(Path root) {
        this.root = root;
    }

    /**
     * All, by name.
     *
     * @throws HubException if the cache cannot be read
     */
    public List<CachedModel> all() {
        List<CachedModel> models = new ArrayList<>();
        try {
            for (Path folder : entries(root)) {
                Optional<ModelName> name = ModelName.ofFolder(folder.getFileName().toString());
                if (name.isPresent() && Files.isDirectory(folder)) {
                    models.addAll(of(name.get(), folder));
                }
            }
        } catch (IOException e) {
            throw unusable(e);
        }
        models.sort(Comparator.comparing(model -> model.name().toString()));
        return models;
    }

    private static List<CachedModel> of(ModelName name, Path folder) throws IOException {
        Map<String, List<Path>> groups = new TreeMap<>();
        for (Path file : snapshotFiles(folder)) {
            groups.computeIfAbsent(tag(file).orElse(""), tag -> new ArrayList<>()).add(file);
        }
        boolean onlyTags = groups.size() > 1 && !hasSafetensors(groups.getOrDefault("", List.of()));
        if (onlyTags) {
            // Configuration beside GGUF files is no model by itself.
            groups.remove("");
        }
        List<CachedModel> models = new ArrayList<>();
        for (Map.Entry<String, List<Path>> group : groups.entrySet()) {
            Optional<String> tag = Optional.of(group.getKey()).filter(text -> !text.isEmpty());
            boolean whole = tag.isPresent() || hasSafetensors(group.getValue());
            models.add(model(new ModelName(name.repo(), tag), group.getValue(), whole));
        }
        List<Path> blobs = entries(folder.resolve("blobs"));
        if (models.isEmpty() && !blobs.isEmpty()) {
            models.add(model(name, blobs, false));
        }
        return models;
    }

    private static CachedModel model(ModelName name, List<Path> files, boolean whole)
            throws IOException {
        Set<Path> counted = new HashSet<>();
        long bytes = 0;
        Instant changed = Instant.EPOCH;
        for (Path file : files) {
            Path real = file.toRealPath();
            if (counted.add(real)) {
                bytes += Files.size(real);
            }
            Instant when = Files.getLastModifiedTime(real).toInstant();
            changed = when.isAfter(changed) ? when : changed;
        }
        return new CachedModel(name, bytes, changed, whole);
    }

    private static boolean hasSafetensors(List<Path> files) {
        return files.stream().anyMatch(file -> file.toString().endsWith(".safetensors"));
    }

    private static Optional<String> tag(Path file) {
        String name = file.getFileName().toString();
        return name.toLowerCase(Locale.ROOT).endsWith(".gguf")
                ? Optional.of(Quantisation.of(name).orElse(Quantisation.whole(name)))
                : Optional.empty();
    }

    /**
     * Removes a model. Of a name with a tag the files of that quantisation go, of one without the
     * whole repository; and bytes that nothing else in the cache holds.
     *
     * @return bytes that became free
     * @throws HubException if it is not there, or is being pulled
     */
    public long remove(ModelName name) {
        HubCache cache = new HubCache(root, name);
        Path folder = cache.folder();
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw missing(name);
            }
            Optional<RepoLock> lock = RepoLock.tryTake(cache.lockFile());
            if (lock.isEmpty()) {
                throw new HubException(
                        name.repo() + " is being pulled; end that, or wait, and remove it then.");
            }
            RepoLock held = lock.get();
            try (held) {
                long before = bytes(folder);
                if (name.tag().isPresent()) {
                    removeTag(name, folder);
                } else {
                    delete(folder);
                }
                return before - bytes(folder);
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private void removeTag(ModelName name, Path folder) throws IOException {
        String tag = name.tag().orElseThrow();
        Set<Path> unlinked = new HashSet<>();
        Set<Path> held = new HashSet<>();
        for (Path file : snapshotFiles(folder)) {
            if (tag(file).filter(tag::equalsIgnoreCase).isPresent()) {
                unlinked.add(file.toRealPath());
                Files.delete(file);
            } else {
                held.add(file.toRealPath());
            }
        }
        if (unlinked.isEmpty()) {
            throw missing(name);
        }
        Path blobs = folder.resolve("blobs").toRealPath();
        unlinked.removeAll(held);
        for (Path blob : unlinked) {
            // What a link of somebody else's leads to outside is not ours to delete.
            if (blob.startsWith(blobs)) {
                Files.deleteIfExists(blob);
            }
        }
        if (snapshotFiles(folder).isEmpty()) {
            delete(folder);
        }
    }

    private HubException missing(ModelName name) {
        return new HubException(name + " is not in " + root + "; 'quire list' shows what is.");
    }

    private HubException unusable(IOException cause) {
        return new HubException(
                "the cache in " + root + " cannot be used: " + FileReason.withFile(cause) + ".",
                cause);
    }

    private static List<Path> snapshotFiles(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path snapshot : entries(folder.resolve("snapshots"))) {
            try (Stream<Path> all = Files.walk(snapshot)) {
                all.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        return files;
    }

    private static List<Path> entries(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }

    /** Bytes of all files of a folder; links count nothing. */
    private static long bytes(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        long bytes = 0;
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    bytes += Files.size(path);
                }
            }
        }
        return bytes;
    }

    /** Deletes a folder with all that is in it; of links only the links. */
    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path visited, IOException failure)
                            throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
