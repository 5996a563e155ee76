package quire.rest;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import quire.engine.LlmEngine;
import quire.engine.MemoryPlan;
import quire.generation.EngineWatch;
import quire.ops.MemoryUse;
import quire.scheduler.SchedulerStats;
import quire.scheduler.Snapshot;
import quire.scheduler.Snapshot.Cells;
import quire.scheduler.Snapshot.Member;

/**
 * Writes what an engine does as frames, a JSON object and a line feed each. A frame tells which
 * blocks changed since the one before; a whole one tells all that are not free, and facts that
 * stay. {@code docs/page.md} lists the fields. For one thread.
 */
final class EngineFrames {

    private static final byte[] END = {'}', '\n'};

    /** For the executor to look; it is not that busy while all is well. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final LlmEngine engine;
    private final EngineWatch watch;
    private final EngineTally tally = new EngineTally();
    private final JsonBuffer json = new JsonBuffer();
    private final int[] counts = new int[Snapshot.FIRST_SLOT + 1];

    /** What each block is. */
    private int[] picture = new int[0];

    private Snapshot last;
    private long numSteps;

    /** Counts what the engine does from now on, until {@link #close}. */
    EngineFrames(LlmEngine engine) {
        this.engine = engine;
        this.watch = engine.watch();
        engine.observe(tally);
    }

    void close() {
        engine.forget(tally);
        watch.close();
    }

    LlmEngine engine() {
        return engine;
    }

    /** Whether the engine did anything since the last snapshot. */
    boolean isStale() {
        return last == null
                || engine.numSteps() != numSteps
                || !engine.stats().equals(last.stats());
    }

    /**
     * Looks at the engine: what the frames tell from now on.
     *
     * @return false, with nothing changed, where it does not answer
     */
    boolean look() throws InterruptedException {
        Optional<Snapshot> snapshot = watch.look(PATIENCE);
        snapshot.ifPresent(this::take);
        return snapshot.isPresent();
    }

    private void take(Snapshot snapshot) {
        Cells cells = snapshot.cells();
        if (cells.isWhole()) {
            picture = new int[cells.numBlocks()];
            Arrays.fill(counts, 0);
            counts[Snapshot.FREE] = picture.length;
        }
        for (int i = 0; i < cells.blocks().length; i++) {
            int block = cells.blocks()[i];
            counts[kind(picture[block])]--;
            picture[block] = cells.now()[i];
            counts[kind(picture[block])]++;
        }
        last = snapshot;
        numSteps = engine.numSteps();
    }

    /** What is counted together: those of all sequences are. */
    private static int kind(int cell) {
        return Math.min(cell, Snapshot.FIRST_SLOT);
    }

    /** For whoever knows the frame before; the whole, where the engine told everything. */
    byte[] change() {
        if (last.cells().isWhole()) {
            return whole();
        }
        head();
        cells(last.cells().blocks());
        return json.raw(END).take();
    }

    /** For whoever comes. */
    byte[] whole() {
        head();
        cells(
                IntStream.range(0, picture.length)
                        .filter(block -> picture[block] != Snapshot.FREE)
                        .toArray());
        facts();
        return json.raw(END).take();
    }

    /** Of an engine that is not there. */
    static byte[] absent(String state, String sentence) {
        return new JsonBuffer()
                .raw("{\"state\":")
                .string(state)
                .raw(",\"message\":")
                .string(sentence)
                .raw(END)
                .take();
    }

    private void head() {
        SchedulerStats stats = last.stats();
        json.raw("{\"state\":\"ready\"");
        field("time", System.nanoTime() / 1_000_000);
        field("steps", numSteps);
        field("computed", tally.numComputed());
        field("generated", tally.numGenerated());
        field("running", stats.numRunning());
        field("waiting", stats.numWaiting());
        field("preemptions", stats.numPreemptions());
        field("queries", stats.prefixQueries());
        field("hits", stats.prefixHits());
        field("free", counts[Snapshot.FREE]);
        field("cached", counts[Snapshot.CACHED]);
        field("shared", counts[Snapshot.SHARED]);
        field("used", counts[Snapshot.LEAVING] + counts[Snapshot.FIRST_SLOT]);
        Runtime runtime = Runtime.getRuntime();
        field("heap", runtime.totalMemory() - runtime.freeMemory());
        members("sequences", last.running());
        members("queue", last.waiting());
    }

    private void field(String name, long value) {
        json.raw(",\"").raw(name).raw("\":").number(value);
    }

    private void members(String name, List<Member> members) {
        json.raw(",\"").raw(name).raw("\":[");
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            json.raw(i > 0 ? ",[" : "[").number(member.id()).raw(",").number(member.slot());
            json.raw(",").number(member.numPromptTokens());
            json.raw(",").number(member.numOutputTokens());
            json.raw(",").number(member.numCachedTokens());
            json.raw(",").number(member.numComputedTokens());
            json.raw(",").number(member.numBlocks()).raw("]");
        }
        json.raw("]");
    }

    /**
     * Runs of blocks that are alike: first, count and what they are now, each.
     *
     * @param blocks ascending
     */
    private void cells(int[] blocks) {
        json.raw(",\"cells\":[");
        int size = 0;
        for (int i = 0; i < blocks.length; i += size) {
            int first = blocks[i];
            size = 1;
            while (i + size < blocks.length
                    && blocks[i + size] == first + size
                    && picture[first + size] == picture[first]) {
                size++;
            }
            json.raw(i > 0 ? "," : "").number(first).raw(",").number(size);
            json.raw(",").number(picture[first]);
        }
        json.raw("]");
    }

    private void facts() {
        MemoryPlan plan = engine.memoryPlan();
        json.raw(",\"engine\":{\"model\":").string(engine.info().servedNames().getFirst());
        json.raw(",\"backend\":").string(engine.backend());
        field("blocks", picture.length);
        field("block_size", engine.limits().blockSize());
        field("max_sequences", engine.limits().maxNumSequences());
        field("max_length", engine.info().maxModelLength());
        json.raw(",\"memory\":[");
        for (MemoryUse use : plan.uses()) {
            memory(use.what(), use.bytes());
            json.raw(",");
        }
        memory("KV cache", plan.kvBytes());
        json.raw("]}");
    }

    private void memory(String what, long bytes) {
        json.raw("{\"what\":").string(what);
        field("bytes", bytes);
        json.raw("}");
    }
}
