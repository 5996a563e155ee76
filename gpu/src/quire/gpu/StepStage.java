package quire.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;

/**
 * The heavy launches of a decode step of Qwen2.5-7B, one after the other as a graph: qkv,
 * attention, o, gate-up, down for 28 layers, and the head. Norms, RoPE, SiLU and sampling are not
 * in it; its numbers mean nothing, its time is the floor of what the launches allow.
 */
final class StepStage implements Stage.Work {
    private static final int LAYERS = 28;
    private static final int CONTEXT = 1024;
    private static final int KV_HEADS = 4;

    @Override
    public void run(Bench bench) throws Exception {
        if (!bench.gpu().isHopper()) {
            bench.report().fact("step", "its kernels are for Hopper");
            return;
        }
        if (bench.tiny()) {
            step(
                    bench,
                    new Model(
                            2,
                            List.of(
                                    new Shape("qkv", 1152, 896, new int[0]),
                                    new Shape("o", 896, 896, new int[0]),
                                    new Shape("gate-up", 2560, 896, new int[0]),
                                    new Shape("down", 896, 1280, new int[0]),
                                    new Shape("head", 1024, 896, new int[0])),
                            64,
                            2));
            return;
        }
        Model model = new Model(LAYERS, Shape.QWEN_7B, CONTEXT, 0);
        step(bench, model);
    }

    /** Shapes of a layer's four linears and of the head. */
    private record Model(int layers, List<Shape> shapes, int context, int tinyRows) {
        long layerBytes() {
            return shapes.subList(0, 4).stream().mapToLong(Shape::bytes).sum();
        }

        long bytes() {
            return layers * layerBytes() + shapes.get(4).bytes();
        }
    }

    private static void step(Bench bench, Model model) throws Exception {
        DeviceBuffer weights = bench.gpu().allocate(model.bytes());
        bench.fillHashed(weights, 3);
        int[] batches =
                model.tinyRows() > 0
                        ? new int[] {model.tinyRows()}
                        : new int[] {1, 8, 16, 32, 64, 128, 256};
        for (int rows : batches) {
            for (Overlap overlap : Overlap.values()) {
                measure(bench, model, weights, rows, overlap);
            }
        }
    }

    private static void measure(
            Bench bench, Model model, DeviceBuffer weights, int rows, Overlap overlap)
            throws Exception {
        Gpu gpu = bench.gpu();
        List<DeviceBuffer> mine = new ArrayList<>();
        int widest = model.shapes().stream().mapToInt(Shape::outputs).max().orElseThrow();
        DeviceBuffer a =
                buffer(
                        gpu,
                        mine,
                        2L
                                * Math.max(8, Integer.highestOneBit(2 * rows - 1))
                                * Math.max(widest, 18944));
        DeviceBuffer b =
                buffer(
                        gpu,
                        mine,
                        2L
                                * Math.max(8, Integer.highestOneBit(2 * rows - 1))
                                * Math.max(widest, 18944));
        bench.fillHashed(a, 1);
        bench.fillHashed(b, 2);
        long kvBytes = (long) rows * model.context() * KV_HEADS * 128 * 4;
        DeviceBuffer cache = buffer(gpu, mine, kvBytes * model.layers());
        bench.fillHashed(cache, 5);
        int maxBlocks = model.context() / 16;
        int[] tables = new int[rows * maxBlocks];
        Arrays.setAll(tables, i -> i);
        int[] lengths = new int[rows];
        Arrays.fill(lengths, model.context());
        DeviceBuffer dt = buffer(gpu, mine, 4L * tables.length);
        DeviceBuffer dl = buffer(gpu, mine, 4L * rows);
        bench.gpu().write(dt, tables);
        bench.gpu().write(dl, lengths);
        int splits = Math.max(1, Math.min(maxBlocks / 4, 264 / (rows * KV_HEADS)));
        DeviceBuffer states = buffer(gpu, mine, 4L * rows * KV_HEADS * splits * 7 * 130);
        DeviceBuffer tickets = buffer(gpu, mine, 4L * (rows * KV_HEADS + widest / 64 + 64));
        bench.gpu().fill(tickets, 0);
        DeviceBuffer partial =
                buffer(
                        gpu,
                        mine,
                        StreamedLinear.partialBytes(bench.blocks(), StreamedLinear.variant(rows)));
        List<Launch> launches = new ArrayList<>();
        for (int layer = 0; layer <= model.layers(); layer++) {
            long w = weights.address() + layer * model.layerBytes();
            boolean head = layer == model.layers();
            for (Shape shape : head ? model.shapes().subList(4, 5) : model.shapes().subList(0, 4)) {
                boolean odd = launches.size() % 2 == 1;
                DeviceBuffer x = odd ? b : a;
                DeviceBuffer y = odd ? a : b;
                launches.add(
                        StreamedLinear.launch(
                                bench,
                                bench.blocks(),
                                x,
                                w,
                                y,
                                partial,
                                tickets,
                                shape,
                                rows,
                                overlap));
                w += shape.bytes();
                if (shape == model.shapes().get(0)) {
                    long k = cache.address() + layer * kvBytes;
                    Launch attention =
                            gpu.launch(
                                    AttentionStage.kernel(bench, "bulk", 7, 128),
                                    new Grid(rows, KV_HEADS, splits, 128),
                                    y,
                                    k,
                                    k + kvBytes / 2,
                                    dt,
                                    dl,
                                    x,
                                    states,
                                    tickets.address() + widest / 64 * 4L,
                                    maxBlocks,
                                    KV_HEADS,
                                    AttentionStage.scale(128));
                    launches.add(overlap == Overlap.NONE ? attention : attention.overlapping());
                }
            }
        }
        Runnable graph = gpu.capture(() -> launches.forEach(Launch::run));
        double millis = gpu.medianMillis(graph);
        double bytes = model.bytes() + (double) kvBytes * model.layers();
        String name = rows + " sequences of " + model.context() + overlap.words();
        String note =
                Report.number(100 * bytes / millis * 1e3 / bench.readBandwidth())
                        + "% of reading, "
                        + launches.size()
                        + " launches, "
                        + Report.number(rows / millis * 1e3)
                        + " tokens/s";
        bench.report().figure(name, millis, "ms", note);
        for (DeviceBuffer buffer : mine) {
            buffer.close();
        }
    }

    private static DeviceBuffer buffer(Gpu gpu, List<DeviceBuffer> list, long bytes) {
        DeviceBuffer buffer = gpu.allocate((bytes + 15) / 16 * 16);
        list.add(buffer);
        return buffer;
    }
}
