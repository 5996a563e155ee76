package quire.ops.cpu;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import quire.error.ConfigurationException;
import quire.error.EngineException;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.Footprint;
import quire.ops.HostSampler;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.MemoryBudget;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.StopFlag;
import quire.ops.StoppedException;
import quire.ops.Table;
import quire.ops.TokenSampler;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * The operations on the CPU: float32 activations, weights in the checkpoint's own F32, F16, BF16,
 * Q8_0, Q4_0 or Q4_1 and straight from its mapping, other types as BF16 copies.
 *
 * <p>The calling thread works along with {@code threads - 1} workers, which sleep when there is
 * nothing to do. Results do not depend on the number of threads; they do depend on the features.
 */
public final class CpuOps implements Ops {

    private static final CpuFootprint FOOTPRINT = new CpuFootprint();

    private final CpuKernels kernels;
    private final Set<CpuFeature> features;
    private final int threads;
    private final Arena arena = Arena.ofShared();
    private final CallArguments arguments = new CallArguments(arena);
    private final StopFlag stop = new StopFlag();
    private final CpuMemory memory;
    private final CpuWeights weights;
    private final long cpu;
    private boolean closed;

    /**
     * Uses all that the machine has, or the features that {@link CpuFeature#PROPERTY} names.
     *
     * @param threads threads that compute, the caller's included; 0 = one for each physical core
     *     that this process may use
     * @throws ConfigurationException if the property asks for what the machine lacks, or the system
     *     refuses the threads
     */
    public CpuOps(CpuLibrary.Loaded library, int threads) {
        this(library, CpuFeature.choose(library.features()), threads);
    }

    /** As above, with features that the machine has. */
    public CpuOps(CpuLibrary.Loaded library, Set<CpuFeature> features, int threads) {
        Shapes.check(threads >= 0, "a negative number of threads");
        Shapes.check(library.features().containsAll(features), "features that are not here");
        this.kernels = library.kernels();
        this.memory = new CpuMemory(kernels, arena);
        this.weights = new CpuWeights(memory, arena);
        this.features = features;
        // The JVM knows a container's CPU quota, the kernels know which CPUs share a core.
        this.threads =
                threads > 0
                        ? threads
                        : Math.min(
                                kernels.physicalCores(),
                                Runtime.getRuntime().availableProcessors());
        this.cpu = kernels.create(this.threads, features, stop.address());
        if (cpu == 0) {
            arena.close();
            throw new ConfigurationException(
                    "the system refused "
                            + this.threads
                            + " CPU threads; ask for fewer or raise its limit on processes");
        }
    }

    @Override
    public String name() {
        return "cpu (" + instructions() + ")";
    }

    /** Threads that compute, the caller's included. */
    public int threads() {
        return threads;
    }

    /** The instructions in use, as {@link CpuFeature#PROPERTY} would name them. */
    public String instructions() {
        return CpuFeature.label(features);
    }

    @Override
    public Footprint footprint() {
        return FOOTPRINT;
    }

    @Override
    public MemoryBudget memory() {
        return MemoryBudget.ofHost();
    }

    @Override
    public Matrix allocate(DType dtype, int rows, int columns) {
        return new CpuMatrix(memory.matrix(dtype, rows, columns));
    }

    @Override
    public void upload(Matrix to, int firstRow, Tensor from) {
        Shapes.upload(to, firstRow, from);
        CpuMatrix.host(to).slice(firstRow, firstRow + from.rows()).data().copyFrom(from.data());
    }

    @Override
    public Batch allocateBatch(BatchLimits limits) {
        return new Batch(limits, memory.allocate(Batch.bytes(limits)));
    }

    @Override
    public KvCache allocateKvCache(KvCacheLayout layout) {
        return memory.kvCache(layout);
    }

    @Override
    public Linear placeLinear(List<LinearPart> parts) {
        return weights.placeLinear(parts);
    }

    @Override
    public Table placeTable(Tensor checkpoint) {
        return weights.placeTable(checkpoint);
    }

    @Override
    public Linear placeTiedHead(Table table, Tensor checkpoint) {
        return weights.linearOf(CpuTable.of(table));
    }

    @Override
    public Matrix placeVector(Tensor checkpoint) {
        return new CpuMatrix(weights.f32(checkpoint));
    }

    @Override
    public void stop() {
        stop.raise();
    }

    @Override
    public void resume() {
        stop.lower();
    }

    @Override
    public void begin(Batch batch) {
        Shapes.check(batch.numTokens() > 0, "a step has at least one token");
    }

    @Override
    public void embed(Matrix out, Table placed, Batch batch) {
        Tensor table = CpuTable.of(placed).stored();
        int rows = batch.numTokens();
        Shapes.activation("out", out, rows, table.columns());
        Shapes.indices("token id", batch.tokenIds(), rows, table.rows());
        done(
                kernels.embed(
                        cpu,
                        address(out),
                        table.data().address(),
                        batch.tokenIds().address(),
                        Shapes.code(table.dtype()),
                        table.rowBytes(),
                        table.columns(),
                        rows));
    }

    @Override
    public void rmsNorm(Matrix out, Matrix x, Matrix weight, float eps, int numRows) {
        int width = weight.columns();
        Shapes.vector("weight", weight, width);
        Shapes.activation("x", x, numRows, width);
        Shapes.activation("out", out, numRows, width);
        done(kernels.rmsNorm(cpu, address(out), address(x), address(weight), eps, width, numRows));
    }

    @Override
    public void addRmsNorm(
            Matrix out, Matrix residual, Matrix x, Matrix weight, float eps, int numRows) {
        int width = weight.columns();
        Shapes.vector("weight", weight, width);
        Shapes.activation("x", x, numRows, width);
        Shapes.activation("residual", residual, numRows, width);
        Shapes.activation("out", out, numRows, width);
        done(
                kernels.addRmsNorm(
                        cpu,
                        address(out),
                        address(residual),
                        address(x),
                        address(weight),
                        eps,
                        width,
                        numRows));
    }

    @Override
    public void linear(Matrix out, Matrix x, Linear linear, int numRows) {
        CpuLinear placed = CpuLinear.of(linear);
        Shapes.activation("x", x, numRows, placed.inputs());
        Shapes.activation("out", out, numRows, placed.outputs());
        done(
                kernels.linear(
                        cpu,
                        address(out),
                        address(x),
                        placed.parts().address(),
                        placed.numParts(),
                        placed.inputs(),
                        placed.outputs(),
                        numRows));
    }

    @Override
    public void ropeAndStore(
            Matrix qkv,
            AttentionHeads heads,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        Shapes.attention(qkv, heads, cache, layer, batch);
        Shapes.rope(heads, rope, batch);
        done(kernels.ropeAndStore(cpu, arguments.rope(qkv, heads, rope, cache, layer, batch)));
    }

    @Override
    public void attention(
            Matrix out, Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        Shapes.attention(qkv, heads, cache, layer, batch);
        Shapes.activation("out", out, batch.numTokens(), heads.numHeads() * heads.headDim());
        done(kernels.attention(cpu, arguments.attention(out, qkv, heads, cache, layer, batch)));
    }

    @Override
    public void siluAndMul(Matrix out, Matrix gateUp, int numRows) {
        Shapes.check(gateUp.columns() % 2 == 0, "gate and up are equally wide");
        int width = gateUp.columns() / 2;
        Shapes.activation("gateUp", gateUp, numRows, 2 * width);
        Shapes.activation("out", out, numRows, width);
        done(kernels.siluAndMul(cpu, address(out), address(gateUp), width, numRows));
    }

    @Override
    public void gatherLogitRows(Matrix out, Matrix x, Batch batch) {
        Shapes.activation("x", x, batch.numTokens(), x.columns());
        Shapes.activation("out", out, batch.numLogitRows(), x.columns());
        Shapes.indices("row", batch.logitRows(), batch.numLogitRows(), batch.numTokens());
        done(
                kernels.gather(
                        cpu,
                        address(out),
                        address(x),
                        batch.logitRows().address(),
                        x.columns(),
                        batch.numLogitRows()));
    }

    @Override
    public void argmax(Matrix out, Matrix x, int numRows) {
        Shapes.activation("x", x, numRows, x.columns());
        Shapes.check(
                out.dtype() == DType.I32 && out.rows() > 0 && out.columns() >= numRows,
                "argmax needs an I32 for each row");
        done(kernels.argmax(cpu, address(out), address(x), x.columns(), numRows));
    }

    @Override
    public TokenSampler allocateSampler(int vocabSize, int maxRows) {
        return new HostSampler(this, vocabSize, maxRows, threads);
    }

    @Override
    public Tensor host(Matrix x, int numRows) {
        return CpuMatrix.host(x);
    }

    private static long address(Matrix matrix) {
        return CpuMatrix.host(matrix).data().address();
    }

    private static void done(int answer) {
        if (answer == CpuKernels.STOPPED) {
            throw new StoppedException();
        }
        if (answer == CpuKernels.NO_MEMORY) {
            throw new EngineException(
                    "The system has no memory left for the CPU kernels' scratch.");
        }
        Shapes.check(
                answer != CpuKernels.NO_KERNEL,
                "no kernel takes this type, layout and number of inputs");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            kernels.destroy(cpu);
            arena.close();
        }
    }
}
