package quire.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import quire.error.HubException;

/** Brings a model into the cache, or finds it there. */
public final class Pull {

    private final ModelName name;

    /** What is wanted in the place of the model. */
    private final Optional<Outline> outline;

    private final HubSettings settings;
    private final PullListener listener;
    private final HubCache cache;
    private final Queue<String> facts = new ConcurrentLinkedQueue<>();

    private Pull(
            ModelName name,
            Optional<Outline> outline,
            HubSettings settings,
            PullListener listener) {
        this.name = name;
        this.outline = outline;
        this.settings = settings;
        this.listener = listener;
        this.cache = new HubCache(settings.cache(), name);
    }

    /**
     * Pulls, and blocks for as long as that takes. What is in the cache is not fetched again, and
     * what an earlier pull left of a file is gone on with. An interrupt ends it, and everything
     * that came is kept.
     *
     * @throws HubException if the model cannot be had; nothing of it appears then that was not
     *     checked
     * @throws InterruptedException if the thread is interrupted
     */
    public static PulledModel of(ModelName name, HubSettings settings, PullListener listener)
            throws InterruptedException {
        return pulled(name, Optional.empty(), settings, listener);
    }

    /**
     * Brings what tells a model's sizes: the file {@code config.json} and the index of the weights,
     * into the cache, or the headers of the GGUF files that a pull would bring, into a folder that
     * is the caller's. Of a model that is in the cache nothing is fetched.
     *
     * @param folder an empty one; files in it have the size of the hub's, and holes for weights
     * @return the path of the configuration, or of the GGUF file to open
     * @throws HubException if it cannot be had, or the repository has none
     */
    public static Path outline(
            ModelName name,
            HubSettings settings,
            Path folder,
            HeaderReading reading,
            PullListener listener)
            throws InterruptedException {
        Outline outline = new Outline(folder, Optional.of(reading));
        Path path = pulled(name, Optional.of(outline), settings, listener).path();
        return Files.isDirectory(path) ? path.resolve(FileChoice.CONFIG) : path;
    }

    /**
     * As above, with the configuration alone, whatever files there are.
     *
     * @throws HubException if it cannot be had, or the repository has none
     */
    public static Path configuration(ModelName name, HubSettings settings, PullListener listener)
            throws InterruptedException {
        Outline outline = new Outline(settings.cache(), Optional.empty());
        return pulled(name, Optional.of(outline), settings, listener)
                .path()
                .resolve(FileChoice.CONFIG);
    }

    private static PulledModel pulled(
            ModelName name, Optional<Outline> outline, HubSettings settings, PullListener listener)
            throws InterruptedException {
        try {
            return new Pull(name, outline, settings, listener).run();
        } finally {
            listener.ended();
        }
    }

    private PulledModel run() throws InterruptedException {
        try {
            return settings.offline() ? offline() : online();
        } catch (WriteFault e) {
            throw new HubException(
                    "the cache in "
                            + settings.cache()
                            + " does not take the files of "
                            + name.repo()
                            + ": "
                            + e.reason()
                            + ". What came is kept; mend that, or choose another folder in"
                            + " HF_HUB_CACHE.",
                    e);
        } catch (IOException e) {
            throw new HubException(
                    "the cache in "
                            + settings.cache()
                            + " cannot be used for "
                            + name.repo()
                            + ": "
                            + FileReason.withFile(e)
                            + "; mend that, or choose another folder in"
                            + " HF_HUB_CACHE.",
                    e);
        }
    }

    private PulledModel offline() throws IOException {
        return cached().orElseThrow(
                        () ->
                                new HubException(
                                        name
                                                + " is not in "
                                                + settings.cache()
                                                + " at revision "
                                                + settings.revision()
                                                + ", and HF_HUB_OFFLINE forbids to fetch it; unset"
                                                + " that, or pull it before."));
    }

    private FileChoice choice(List<RepoFile> files) {
        return outline.isPresent() ? outline.get().choice(name, files) : FileChoice.of(name, files);
    }

    /** What the cache has of the revision, if that is all that is wanted. */
    private Optional<PulledModel> cached() throws IOException {
        Optional<String> commit = cache.commit(settings.revision());
        if (commit.isEmpty()) {
            return Optional.empty();
        }
        List<RepoFile> files = cache.files(commit.get());
        try {
            return files.isEmpty()
                    ? Optional.empty()
                    : Optional.of(model(commit.get(), choice(files), 0));
        } catch (HubException e) {
            // What is there is not all.
            return Optional.empty();
        }
    }

    private PulledModel online() throws IOException, InterruptedException {
        Hub hub = new Hub(settings);
        if (outline.isPresent()) {
            return asked(hub);
        }
        RepoLock lock = lock();
        try (lock) {
            return asked(hub);
        }
    }

    private RepoLock lock() throws IOException, InterruptedException {
        return RepoLock.take(
                cache.lockFile(),
                () ->
                        listener.said(
                                name.repo()
                                        + ": another process pulls it; waiting until that ends"));
    }

    private PulledModel asked(Hub hub) throws IOException, InterruptedException {
        Listing listing;
        try {
            listing = hub.listing(name);
        } catch (HubException e) {
            boolean passes = e.getCause() instanceof PassingFault;
            Optional<PulledModel> there = passes ? cached() : Optional.empty();
            if (there.isEmpty()) {
                throw e;
            }
            listener.said(e.getMessage() + " The model that the cache has is used.");
            return there.get();
        }
        String commit = listing.commit();
        FileChoice choice = described(hub, commit, choice(listing.files()));
        choice.fact().ifPresent(listener::said);
        return outline.isPresent()
                ? outlined(hub, commit, choice, outline.get())
                : fetched(hub, commit, choice);
    }

    /** Of GGUF files that are not all here the headers, which change nothing in the cache. */
    private PulledModel outlined(Hub hub, String commit, FileChoice choice, Outline wanted)
            throws IOException, InterruptedException {
        if (choice.gguf().isPresent() && !cache.hasAll(commit, choice.files())) {
            Path first = wanted.fetch(hub, name, commit, choice, listener);
            return new PulledModel(first, commit, choice.files().size(), choice.bytes(), 0);
        }
        RepoLock lock = lock();
        try (lock) {
            return fetched(hub, commit, choice);
        }
    }

    private PulledModel fetched(Hub hub, String commit, FileChoice choice)
            throws IOException, InterruptedException {
        cache.makeFolders();
        Map<String, RepoFile> missing = new LinkedHashMap<>();
        for (RepoFile file : choice.files()) {
            if (!cache.has(commit, file)) {
                missing.put(file.hash(), file);
            }
        }
        Semaphore connections = new Semaphore(RangeCrew.MAX_CONNECTIONS, true);
        List<Transfer> transfers = new ArrayList<>();
        for (RepoFile file : missing.values()) {
            Path blob = cache.blob(file);
            transfers.add(
                    new Transfer(
                            new Source(hub, name, commit, file, connections, facts::add),
                            blob,
                            PartFile.present(blob, file.size())));
        }
        Transfers all = new Transfers(transfers, choice.bytes(), facts, listener);
        long before = all.doneBytes();
        checkRoom(transfers, before);
        all.run();
        cache.link(commit, choice.files());
        if (outline.isEmpty()) {
            // A commit of which only a part is here would hide another that is here whole.
            cache.remember(settings.revision(), commit);
        }
        return model(commit, choice, Math.max(0, all.doneBytes() - before));
    }

    private FileChoice described(Hub hub, String commit, FileChoice choice)
            throws IOException, InterruptedException {
        List<RepoFile> known = new ArrayList<>();
        for (RepoFile file : choice.files()) {
            Retries retries = hub.retries(file.of(name), "Try again");
            RepoFile described = file;
            while (!described.isKnown()) {
                try {
                    described = hub.described(name, commit, file);
                } catch (PassingFault fault) {
                    retries.failed(fault);
                }
            }
            known.add(described);
        }
        return choice.with(known);
    }

    private void checkRoom(List<Transfer> transfers, long before) throws IOException {
        long needed = -before;
        for (Transfer transfer : transfers) {
            needed = saturatedSum(needed, transfer.size());
        }
        long usable = cache.usableBytes();
        if (needed > usable) {
            throw new HubException(
                    name
                            + " needs "
                            + Shown.size(needed)
                            + " more in "
                            + settings.cache()
                            + ", where "
                            + Shown.size(usable)
                            + " are free; make room, or choose another folder in"
                            + " HF_HUB_CACHE.");
        }
    }

    private static long saturatedSum(long a, long b) {
        long sum = a + b;
        return b > 0 && sum < a ? Long.MAX_VALUE : sum;
    }

    private PulledModel model(String commit, FileChoice choice, long fetchedBytes) {
        Path snapshot = cache.snapshot(commit);
        return new PulledModel(
                choice.gguf().map(file -> snapshot.resolve(file.path())).orElse(snapshot),
                commit,
                choice.files().size(),
                choice.bytes(),
                fetchedBytes);
    }
}
