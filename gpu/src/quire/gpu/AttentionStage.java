package quire.gpu;

import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.Launch;

/** Attention of a decode step over KV blocks of 16 tokens. */
final class AttentionStage implements Stage.Work {
    private static final int BLOCK = 16;
    private static final int WARPS = 4;
    private static final int STAGES = 3;

    /** Query heads of a KV head, KV heads, size of a head. */
    private record Heads(String name, int group, int kv, int size) {
        long tokenBytes() {
            return 4L * kv * size;
        }
    }

    private static final Heads QWEN_7B = new Heads("Qwen2.5-7B", 7, 4, 128);
    private static final Heads LLAMA_8B = new Heads("Llama-3.1-8B", 4, 8, 128);

    @Override
    public void run(Bench bench) throws Exception {
        int[] lengths =
                bench.tiny() ? new int[] {1, 33, 333} : new int[] {1, 15, 16, 17, 64, 100, 333};
        for (Heads heads :
                new Heads[] {
                    QWEN_7B, LLAMA_8B, new Heads("small", 2, 2, 64), new Heads("wide", 16, 1, 128)
                }) {
            for (int splits : new int[] {1, 3}) {
                small(bench, heads, lengths, splits);
            }
        }
        if (bench.tiny()) {
            return;
        }
        for (Heads heads : new Heads[] {QWEN_7B, LLAMA_8B}) {
            for (int[] load :
                    new int[][] {
                        {1, 1024}, {1, 8192}, {8, 1024}, {64, 1024}, {256, 1024}, {64, 4096}
                    }) {
                speed(bench, heads, load[0], load[1]);
            }
        }
    }

    static Kernel kernel(Bench bench, String loader, int group, int size) throws Exception {
        int shared = WARPS * STAGES * (2 * BLOCK * size * 2 + 8);
        return bench.kernel(
                "attention_decode", "attention_" + loader + "_d" + size + "_g" + group, shared);
    }

    static float scale(int size) {
        return (float) (1 / Math.sqrt(size) / Math.log(2));
    }

    private static String[] loaders(Bench bench) {
        return bench.gpu().isHopper() ? new String[] {"async", "bulk"} : new String[] {"async"};
    }

    private static void small(Bench bench, Heads heads, int[] lengths, int splits)
            throws Exception {
        Gpu gpu = bench.gpu();
        SplittableRandom random = new SplittableRandom(heads.group() * 100L + splits);
        int maxBlocks = 32;
        int blocks = lengths.length * maxBlocks;
        int headElements = BLOCK * heads.size();
        short[] q =
                Bf16.normal(random, lengths.length * heads.kv() * heads.group() * heads.size(), 1);
        short[] k = Bf16.normal(random, blocks * heads.kv() * headElements, 1);
        short[] v = Bf16.normal(random, blocks * heads.kv() * headElements, 1);
        int[] tables = new int[blocks];
        for (int i = 0; i < blocks; i++) {
            tables[i] = (i * 5 + 3) % blocks; // 5 and the number of blocks have no common factor
        }
        double[] wanted = new double[q.length];
        for (int s = 0; s < lengths.length; s++) {
            for (int h = 0; h < heads.kv(); h++) {
                for (int g = 0; g < heads.group(); g++) {
                    int row = ((s * heads.kv() + h) * heads.group() + g) * heads.size();
                    one(heads, q, k, v, tables, s * maxBlocks, lengths[s], h, row, wanted);
                }
            }
            poisonTail(heads, k, v, tables[s * maxBlocks + (lengths[s] - 1) / BLOCK], lengths[s]);
        }
        DeviceBuffer dq = gpu.allocate(2L * q.length);
        DeviceBuffer dk = gpu.allocate(2L * k.length);
        DeviceBuffer dv = gpu.allocate(2L * v.length);
        DeviceBuffer dt = gpu.allocate(4L * tables.length);
        DeviceBuffer dl = gpu.allocate(4L * lengths.length);
        bench.gpu().write(dq, q);
        bench.gpu().write(dk, k);
        bench.gpu().write(dv, v);
        bench.gpu().write(dt, tables);
        bench.gpu().write(dl, lengths);
        DeviceBuffer out = gpu.allocate(2L * q.length + Check.FENCE_BYTES);
        DeviceBuffer partial =
                gpu.allocate(
                        4L
                                * lengths.length
                                * heads.kv()
                                * splits
                                * heads.group()
                                * (heads.size() + 2));
        DeviceBuffer tickets = gpu.allocate(4L * lengths.length * heads.kv());
        bench.gpu().fill(tickets, 0);
        for (String loader : loaders(bench)) {
            Kernel kernel = kernel(bench, loader, heads.group(), heads.size());
            Launch launch =
                    gpu.launch(
                            kernel,
                            new Grid(lengths.length, heads.kv(), splits, 128),
                            dq,
                            dk,
                            dv,
                            dt,
                            dl,
                            out,
                            partial,
                            tickets,
                            maxBlocks,
                            heads.kv(),
                            scale(heads.size()));
            Check.run(
                    bench,
                    loader + ", " + heads.name() + " heads, " + splits + " splits",
                    launch,
                    out,
                    wanted);
        }
    }

    private static int element(Heads heads, int block, int head, int token, int i) {
        int chunk = (i / 8) ^ (token & 7);
        return ((block * heads.kv() + head) * BLOCK + token) * heads.size() + chunk * 8 + i % 8;
    }

    private static void one(
            Heads heads,
            short[] q,
            short[] k,
            short[] v,
            int[] tables,
            int table,
            int length,
            int head,
            int row,
            double[] out) {
        double[] scores = new double[length];
        double most = Double.NEGATIVE_INFINITY;
        for (int t = 0; t < length; t++) {
            double sum = 0;
            for (int i = 0; i < heads.size(); i++) {
                sum +=
                        (double) Bf16.value(q[row + i])
                                * Bf16.value(
                                        k[
                                                element(
                                                        heads,
                                                        tables[table + t / BLOCK],
                                                        head,
                                                        t % BLOCK,
                                                        i)]);
            }
            scores[t] = sum / Math.sqrt(heads.size());
            most = Math.max(most, scores[t]);
        }
        double total = 0;
        for (int t = 0; t < length; t++) {
            double weight = Math.exp(scores[t] - most);
            total += weight;
            for (int i = 0; i < heads.size(); i++) {
                out[row + i] +=
                        weight
                                * Bf16.value(
                                        v[
                                                element(
                                                        heads,
                                                        tables[table + t / BLOCK],
                                                        head,
                                                        t % BLOCK,
                                                        i)]);
            }
        }
        for (int i = 0; i < heads.size(); i++) {
            out[row + i] /= total;
        }
    }

    /** What stands behind the last token is anything, NaN for one. */
    private static void poisonTail(Heads heads, short[] k, short[] v, int block, int length) {
        for (int token = (length - 1) % BLOCK + 1; token < BLOCK; token++) {
            for (int h = 0; h < heads.kv(); h++) {
                for (int i = 0; i < heads.size(); i++) {
                    k[element(heads, block, h, token, i)] = (short) 0x7fc0;
                    v[element(heads, block, h, token, i)] = (short) 0x7fc0;
                }
            }
        }
    }

    private static void speed(Bench bench, Heads heads, int sequences, int length)
            throws Exception {
        Gpu gpu = bench.gpu();
        int maxBlocks = length / BLOCK;
        long bytes = sequences * (long) length * heads.tokenBytes();
        // Several layers' caches, so that none is found in L2.
        int copies = (int) Math.max(1, Math.min(64, 300_000_000 / bytes));
        DeviceBuffer cache = gpu.allocate(bytes * copies);
        bench.fillHashed(cache, 5);
        SplittableRandom random = new SplittableRandom(7);
        int[] tables = random.ints(sequences * maxBlocks, 0, 1).toArray();
        for (int i = 0; i < tables.length; i++) {
            int other = random.nextInt(i + 1);
            tables[i] = tables[other];
            tables[other] = i;
        }
        int[] lengths = new int[sequences];
        java.util.Arrays.fill(lengths, length);
        DeviceBuffer dt = gpu.allocate(4L * tables.length);
        DeviceBuffer dl = gpu.allocate(4L * sequences);
        bench.gpu().write(dt, tables);
        bench.gpu().write(dl, lengths);
        int elements = sequences * heads.kv() * heads.group() * heads.size();
        DeviceBuffer q = gpu.allocate(2L * elements);
        DeviceBuffer out = gpu.allocate(2L * elements);
        bench.gpu().write(q, Bf16.normal(random, elements, 1));
        DeviceBuffer tickets = gpu.allocate(4L * sequences * heads.kv());
        bench.gpu().fill(tickets, 0);
        for (int splits = 1; splits <= 64; splits *= 2) {
            int blocks = sequences * heads.kv() * splits;
            if (splits > maxBlocks / 2
                    || blocks > 16 * bench.blocks() && splits > 2
                    || blocks < 16) {
                continue;
            }
            DeviceBuffer partial = gpu.allocate(4L * blocks * heads.group() * (heads.size() + 2));
            for (String loader : loaders(bench)) {
                Kernel kernel = kernel(bench, loader, heads.group(), heads.size());
                Launch[] launches = new Launch[copies];
                for (int i = 0; i < copies; i++) {
                    long k = cache.address() + i * bytes;
                    launches[i] =
                            gpu.launch(
                                    kernel,
                                    new Grid(sequences, heads.kv(), splits, 128),
                                    q,
                                    k,
                                    k + bytes / 2,
                                    dt,
                                    dl,
                                    out,
                                    partial,
                                    tickets,
                                    maxBlocks,
                                    heads.kv(),
                                    scale(heads.size()));
                }
                for (Launch launch : launches) {
                    launch.overlapping();
                }
                double millis = bench.millisEach(Math.max(20, copies), launches);
                String note =
                        Report.number(100 * bytes / millis * 1e3 / bench.readBandwidth())
                                + "% of reading, "
                                + Report.number(millis * 1e3)
                                + " µs";
                String name =
                        heads.name()
                                + ", "
                                + sequences
                                + " x "
                                + length
                                + ", "
                                + splits
                                + " splits, "
                                + loader;
                bench.report().figure(name, bytes / millis / 1e6, "GB/s", note);
            }
            partial.close();
        }
        cache.close();
    }
}
