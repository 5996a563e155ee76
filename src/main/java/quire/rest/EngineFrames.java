package quire.rest;

import java.util.Arrays;
import java.util.List;
import quire.engine.LlmEngine;
import quire.engine.MemoryPlan;
import quire.ops.MemoryUse;
import quire.scheduler.SchedulerStats;
import quire.scheduler.Snapshot;
import quire.scheduler.Snapshot.Member;

/**
 * Writes an engine's snapshots as frames, a JSON object and a line feed each. A frame tells which
 * blocks changed since the one before; a whole one tells all that are not free, and facts that
 * stay. {@code docs/page.md} lists the fields. For one thread.
 */
final class EngineFrames {

    private static final byte[] END = {'}', '\n'};

    private final LlmEngine engine;
    private final EngineTally tally = new EngineTally();
    private final JsonBuffer json = new JsonBuffer();
    private final int[] counts = new int[Snapshot.FIRST_SLOT + 1];
    private int[] known = new int[0];
    private Snapshot last;
    private long numSteps;

    /** Counts what the engine does from now on, until {@link #close}. */
    EngineFrames(LlmEngine engine) {
        this.engine = engine;
        engine.observe(tally);
    }

    void close() {
        engine.forget(tally);
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

    /** What the frame before told stands behind this one. */
    void take(Snapshot snapshot) {
        int[] cells = snapshot.cells();
        if (last == null) {
            known = new int[cells.length];
            counts[Snapshot.FREE] = cells.length;
        } else {
            known = last.cells();
        }
        for (int i = changed(known, cells, 0); i < cells.length; i = changed(known, cells, i + 1)) {
            counts[kind(known[i])]--;
            counts[kind(cells[i])]++;
        }
        last = snapshot;
        numSteps = engine.numSteps();
    }

    /** The first block from there on that is not what it was, or the number of blocks. */
    private static int changed(int[] before, int[] cells, int from) {
        int length = cells.length;
        int at = Arrays.mismatch(before, from, length, cells, from, length);
        return at < 0 ? length : from + at;
    }

    /** What is counted together: those of all sequences are. */
    private static int kind(int cell) {
        return Math.min(cell, Snapshot.FIRST_SLOT);
    }

    /** For whoever knows the frame before. */
    byte[] change() {
        head();
        cells(known);
        return json.raw(END).take();
    }

    /** For whoever comes. */
    byte[] whole() {
        head();
        cells(new int[last.cells().length]);
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

    /** Runs of blocks that are not what they were: first, count and what they are now, each. */
    private void cells(int[] before) {
        int[] cells = last.cells();
        json.raw(",\"cells\":[");
        String comma = "";
        int to;
        for (int from = changed(before, cells, 0);
                from < cells.length;
                from = changed(before, cells, to)) {
            to = from + 1;
            while (to < cells.length && cells[to] == cells[from] && cells[to] != before[to]) {
                to++;
            }
            json.raw(comma).number(from).raw(",").number(to - from).raw(",").number(cells[from]);
            comma = ",";
        }
        json.raw("]");
    }

    private void facts() {
        MemoryPlan plan = engine.memoryPlan();
        json.raw(",\"engine\":{\"model\":").string(engine.info().servedNames().getFirst());
        json.raw(",\"backend\":").string(engine.backend());
        field("blocks", last.cells().length);
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
