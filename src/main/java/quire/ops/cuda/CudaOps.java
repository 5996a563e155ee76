package quire.ops.cuda;

import java.util.List;
import java.util.Optional;
import quire.ops.AttentionHeads;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.Footprint;
import quire.ops.KvCache;
import quire.ops.KvCacheLayout;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.MemoryBudget;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.StepWork;
import quire.ops.StopFlag;
import quire.ops.Table;
import quire.ops.TokenSampler;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Device;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.ArgmaxKernel;
import quire.ops.cuda.kernel.AttentionKernel;
import quire.ops.cuda.kernel.DeviceKvCache;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.ops.cuda.kernel.EmbedKernel;
import quire.ops.cuda.kernel.GatherRowsKernel;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.LinearKernel;
import quire.ops.cuda.kernel.NumberFormat;
import quire.ops.cuda.kernel.RmsNormKernel;
import quire.ops.cuda.kernel.RopeAndStoreKernel;
import quire.ops.cuda.kernel.SamplingMemory;
import quire.ops.cuda.kernel.SiluAndMulKernel;
import quire.ops.cuda.kernel.TiledLinear;
import quire.ops.cuda.kernel.VariantStore;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * The operations on an NVIDIA card: activations, weights, keys and values in BF16 or F16, sums and
 * logits in float32. Weights are converted to that type where they are placed.
 *
 * <p>Each operation puts one kernel on the card's stream and returns; only {@link #host} and the
 * sampler's {@code await} wait. A row's sums depend on its own shape and position alone.
 */
public final class CudaOps implements Ops {

    private final Context context;
    private final Stream stream;
    private final NumberFormat format;
    private final CudaMemory memory;
    private final CudaFootprint footprint;
    private final KernelSource source;
    private final CudaWeights weights;
    private final EmbedKernel embed;
    private final RmsNormKernel rmsNorm;
    private final LinearKernel linear;
    private final RopeAndStoreKernel ropeAndStore;
    private final AttentionKernel attention;
    private final SiluAndMulKernel siluAndMul;
    private final GatherRowsKernel gatherRows;
    private final ArgmaxKernel argmax;
    private final StopFlag stop = new StopFlag();
    private final CudaOptions options;
    private final CudaSteps steps;
    private final KernelChoice choice;
    private boolean closed;

    /** A card with the usual options. */
    public CudaOps(Device device, KernelFiles files, DType activationType) {
        this(device, files, activationType, CudaOptions.USUAL);
    }

    /**
     * Opens the card and loads the kernels.
     *
     * @param activationType BF16 or F16
     * @throws quire.ops.cuda.driver.CudaException if the driver refuses
     */
    public CudaOps(Device device, KernelFiles files, DType activationType, CudaOptions options) {
        this.options = options;
        format = NumberFormat.of(activationType);
        context = Context.own(device);
        try {
            stream = new Stream(context);
            memory = new CudaMemory(context, stream);
            footprint = new CudaFootprint(activationType, options, memory.totalBytes());
            source = new KernelSource(context, stream, files, format);
            weights = new CudaWeights(memory, format, source);
            embed = new EmbedKernel(source);
            rmsNorm = new RmsNormKernel(source);
            linear = new LinearKernel(source);
            ropeAndStore = new RopeAndStoreKernel(source);
            attention = new AttentionKernel(source);
            choice = new KernelChoice(source, linear, attention);
            siluAndMul = new SiluAndMulKernel(source);
            gatherRows = new GatherRowsKernel(source);
            argmax = new ArgmaxKernel(source);
            steps = new CudaSteps(source, memory);
        } catch (RuntimeException | Error e) {
            context.leave();
            throw e;
        }
    }

    @Override
    public String name() {
        return "cuda (" + context.device().name() + ", " + source.target() + ")";
    }

    /** Which code of the kernels runs: machine code or PTX, and for what. */
    public String code() {
        return source.code();
    }

    @Override
    public Footprint footprint() {
        return footprint;
    }

    @Override
    public MemoryBudget memory() {
        context.adopt();
        return memory.budget(footprint);
    }

    /**
     * Chooses kernels by what is known there, and keeps there what is found out.
     *
     * @param deterministic whether none is chosen that sums otherwise than the plain one, as it is
     *     without this call: only then has a row the same bits in any company
     */
    public void chooseBy(VariantStore store, boolean deterministic) {
        choice.by(store, deterministic);
    }

    @Override
    public Matrix allocate(DType dtype, int rows, int columns) {
        context.adopt();
        return memory.matrix(dtype, rows, columns);
    }

    @Override
    public void upload(Matrix to, int firstRow, Tensor from) {
        context.adopt();
        DeviceMatrix matrix = DeviceMatrix.of(to);
        if (from.dtype() != to.dtype() || from.columns() != to.columns()) {
            throw new IllegalArgumentException("an upload has the type and columns of the matrix");
        }
        if (firstRow < 0 || from.rows() > to.rows() - firstRow) {
            throw new IllegalArgumentException("an upload ends with the matrix");
        }
        memory.upload(matrix, firstRow, from);
    }

    @Override
    public Batch allocateBatch(BatchLimits limits) {
        context.adopt();
        attention.prepare(limits);
        return steps.allocate(limits);
    }

    @Override
    public Optional<String> objection(KvCacheLayout layout, int vocabSize) {
        return DeviceKvCache.objection(layout, format)
                .or(() -> SamplingMemory.objection(vocabSize));
    }

    @Override
    public KvCache allocateKvCache(KvCacheLayout layout) {
        context.adopt();
        DeviceKvCache cache =
                new DeviceKvCache(layout, format, memory.allocate(DeviceKvCache.bytes(layout)));
        attention.prepare(cache);
        return cache;
    }

    @Override
    public Linear placeLinear(List<LinearPart> parts) {
        context.adopt();
        return weights.placeLinear(parts);
    }

    @Override
    public Table placeTable(Tensor checkpoint) {
        context.adopt();
        return weights.placeTable(checkpoint);
    }

    @Override
    public Linear placeTiedHead(Table table, Tensor checkpoint) {
        return TiledLinear.of(table);
    }

    @Override
    public Matrix placeVector(Tensor checkpoint) {
        context.adopt();
        return weights.placeVector(checkpoint);
    }

    @Override
    public void finishPlacing() {
        context.adopt();
        memory.finishPlacing();
    }

    @Override
    public void begin(Batch batch) {
        context.adopt();
        steps.begin(batch);
    }

    @Override
    public StepWork repeated(StepWork work) {
        StepWork eager = choice.behind(work);
        if (!options.graphs()) {
            return eager;
        }
        StepWork graphs = new DecodeGraphs(eager, steps, stop, options.graphSizes());
        return batch -> {
            context.adopt();
            graphs.run(batch);
        };
    }

    @Override
    public void embed(Matrix out, Table table, Batch batch) {
        stop.check();
        TiledLinear rows = TiledLinear.of(table);
        embed.run(DeviceMatrix.of(out), rows, steps.begun(batch));
        steps.bounds().ids(rows.outputs());
    }

    @Override
    public void rmsNorm(Matrix out, Matrix x, Matrix weight, float eps, int numRows) {
        stop.check();
        rmsNorm.run(
                DeviceMatrix.of(out), DeviceMatrix.of(x), DeviceMatrix.of(weight), eps, numRows);
    }

    @Override
    public void addRmsNorm(
            Matrix out, Matrix residual, Matrix x, Matrix weight, float eps, int numRows) {
        stop.check();
        rmsNorm.run(
                DeviceMatrix.of(out),
                DeviceMatrix.of(residual),
                DeviceMatrix.of(x),
                DeviceMatrix.of(weight),
                eps,
                numRows);
    }

    @Override
    public void linear(Matrix out, Matrix x, Linear placed, int numRows) {
        stop.check();
        linear.run(DeviceMatrix.of(out), DeviceMatrix.of(x), TiledLinear.of(placed), numRows);
    }

    /** Adds before it rounds: one rounding less than the two operations by themselves. */
    @Override
    public void linearAddRmsNorm(
            Matrix out,
            Matrix residual,
            Matrix x,
            Linear placed,
            Matrix norm,
            float eps,
            int numRows) {
        stop.check();
        linear.addTo(
                DeviceMatrix.of(residual), DeviceMatrix.of(x), TiledLinear.of(placed), numRows);
        rmsNorm(out, residual, norm, eps, numRows);
    }

    @Override
    public void ropeAndStore(
            Matrix qkv,
            AttentionHeads heads,
            RopeTable rope,
            KvCache cache,
            int layer,
            Batch batch) {
        stop.check();
        ropeAndStore.run(
                DeviceMatrix.of(qkv),
                heads,
                rope,
                DeviceKvCache.of(cache),
                layer,
                steps.begun(batch));
        steps.bounds().positions(rope.cosSin().rows());
        steps.bounds().blocks(cache.layout().numBlocks());
    }

    @Override
    public void attention(
            Matrix out, Matrix qkv, AttentionHeads heads, KvCache cache, int layer, Batch batch) {
        stop.check();
        attention.run(
                DeviceMatrix.of(out),
                DeviceMatrix.of(qkv),
                heads,
                DeviceKvCache.of(cache),
                layer,
                steps.begun(batch));
        steps.bounds().blocks(cache.layout().numBlocks());
    }

    @Override
    public void siluAndMul(Matrix out, Matrix gateUp, int numRows) {
        stop.check();
        siluAndMul.run(DeviceMatrix.of(out), DeviceMatrix.of(gateUp), numRows);
    }

    @Override
    public void gatherLogitRows(Matrix out, Matrix x, Batch batch) {
        stop.check();
        gatherRows.run(DeviceMatrix.of(out), DeviceMatrix.of(x), steps.begun(batch));
    }

    @Override
    public void argmax(Matrix out, Matrix x, int numRows) {
        stop.check();
        argmax.run(DeviceMatrix.of(out), DeviceMatrix.of(x), numRows);
    }

    @Override
    public TokenSampler allocateSampler(int vocabSize, int maxRows) {
        context.adopt();
        CudaSampler sampler = new CudaSampler(source, memory, vocabSize, maxRows, stepsInFlight());
        steps.connect(sampler);
        return sampler;
    }

    @Override
    public Tensor host(Matrix x, int numRows) {
        context.adopt();
        return memory.host(DeviceMatrix.of(x), numRows);
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
    public void close() {
        if (!closed) {
            closed = true;
            context.leave();
        }
    }
}
