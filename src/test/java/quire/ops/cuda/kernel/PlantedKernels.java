package quire.ops.cuda.kernel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.Stream;
import quire.tensor.DType;

/**
 * Kernels that write halves of their indices, and others that should and do something else, each in
 * its way: what a self-check is shown.
 */
final class PlantedKernels {

    private static final String HEAD = ".version 7.0\n.target sm_80\n.address_size 64\n";

    private static final String ENTRY =
            """
            .visible .entry NAME(.param .u64 out, .param .u32 count, .param .u64 state)
            {
                .reg .pred %p;
                .reg .b32 %r<8>;
                .reg .f32 %f<4>;
                .reg .b64 %d<6>;
                ld.param.u64 %d0, [out];
                ld.param.u32 %r0, [count];
                ld.param.u64 %d4, [state];
                cvta.to.global.u64 %d1, %d0;
                cvta.to.global.u64 %d5, %d4;
                mov.u32 %r1, %ctaid.x;
                mov.u32 %r2, %ntid.x;
                mov.u32 %r3, %tid.x;
                mad.lo.s32 %r4, %r1, %r2, %r3;
                setp.ge.s32 %p, %r4, %r0;
                @%p bra done;
                cvt.rn.f32.s32 %f0, %r4;
                mul.f32 %f1, %f0, 0f3F000000;
                EXTRA
                mul.wide.s32 %d2, %r4, 4;
                add.s64 %d3, %d1, %d2;
                st.global.f32 [%d3], %f1;
            done:
                ret;
            }
            """;

    private static final String LOOP =
            "mov.u32 %r6, 0; again: add.s32 %r6, %r6, 1; setp.lt.s32 %p, %r6, COUNT; @%p bra again;";

    /** By name, what each does before it writes; the first is the plain one. */
    private static final Map<String, String> ALL = new LinkedHashMap<>();

    static {
        ALL.put("plain", LOOP.replace("COUNT", "10000"));
        ALL.put("good", "");
        ALL.put("slow", LOOP.replace("COUNT", "50000"));
        ALL.put("wrong", "setp.eq.s32 %p, %r4, 137; @%p add.f32 %f1, %f1, 0f3F800000;");
        ALL.put(
                "behind",
                "setp.eq.s32 %p, %r4, 0; mul.wide.s32 %d2, %r0, 4; add.s64 %d3, %d1, %d2;"
                        + " @%p st.global.f32 [%d3], %f1;");
        ALL.put("before", "setp.eq.s32 %p, %r4, 0; @%p st.global.f32 [%d1+-4], %f1;");
        ALL.put(
                "fickle",
                "setp.eq.s32 %p, %r4, 5; @%p ld.global.u32 %r5, [%d5]; @%p add.s32 %r5, %r5, 1;"
                        + " @%p st.global.u32 [%d5], %r5; @%p cvt.rn.f32.s32 %f1, %r5;");
        ALL.put("unwritten", "setp.eq.s32 %p, %r4, 7; @%p bra done;");
        ALL.put("rounded", "mul.f32 %f1, %f1, 0f3F800001;");
        ALL.put("trap", "trap;");
        ALL.put("hang", "again: bra again;");
    }

    /** The module {@code planted}. */
    static final KernelFiles FILES =
            name -> {
                if (!name.equals("compute_80/planted.ptx")) {
                    return Optional.empty();
                }
                StringBuilder text = new StringBuilder(HEAD);
                ALL.forEach(
                        (entry, extra) ->
                                text.append(ENTRY.replace("NAME", entry).replace("EXTRA", extra)));
                return Optional.of(text.toString().getBytes(StandardCharsets.UTF_8));
            };

    final Context context;
    final KernelSource source;
    private final DeviceBuffer state;

    PlantedKernels(Context context) {
        this.context = context;
        source = new KernelSource(context, new Stream(context), FILES, NumberFormat.BF16);
        state = new DeviceBuffer(context, 4);
        source.stream().fill(state, (byte) 0);
    }

    /** A variant, and the kernel that is behind it. */
    record Plant(Variant variant, String kernel) {}

    /** A kernel that claims the plain one's bits. */
    static Plant plant(String kernel) {
        return plant(kernel, kernel);
    }

    /** The same under another name. */
    static Plant plant(String name, String kernel) {
        return new Plant(new Variant(name, Variant.Sums.AS_PLAIN), kernel);
    }

    /** A kernel that claims to sum otherwise. */
    static Plant otherwise(String kernel) {
        return new Plant(new Variant(kernel, Variant.Sums.OTHERWISE), kernel);
    }

    /** A trial of {@code plain} and others. */
    Planted trial(String name, Plant... others) {
        List<Plant> all = new ArrayList<>(List.of(plant("plain")));
        all.addAll(List.of(others));
        return new Planted(name, all);
    }

    /** Counts what is run, and what is chosen. */
    final class Planted implements Trial {

        private static final int ROWS = 4;
        private static final int COLUMNS = 100;
        private static final int THREADS = 128;

        private final String name;
        private final List<Variant> variants;
        private final Launch[] launches;
        final int[] runs;
        IntConsumer before = variant -> {};
        Runnable opening = () -> {};
        int chosen = -1;
        double tolerance = 0;

        private Planted(String name, List<Plant> plants) {
            this.name = name;
            variants = plants.stream().map(Plant::variant).toList();
            launches = new Launch[variants.size()];
            for (int i = 0; i < launches.length; i++) {
                launches[i] = source.launch("planted", plants.get(i).kernel(), 0, 0L, 0, 0L);
            }
            runs = new int[launches.length];
        }

        /** The name of the one that is chosen. */
        String choice() {
            return variants.get(chosen).name();
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<Variant> variants() {
            return variants;
        }

        @Override
        public DType type() {
            return DType.F32;
        }

        @Override
        public int rows() {
            return ROWS;
        }

        @Override
        public int columns() {
            return COLUMNS;
        }

        @Override
        public double tolerance() {
            return tolerance;
        }

        @Override
        public void open() {
            opening.run();
        }

        @Override
        public void run(int variant, DeviceMatrix out, int turn) {
            before.accept(variant);
            runs[variant]++;
            int count = ROWS * COLUMNS;
            launches[variant]
                    .set(0, out.address())
                    .set(1, count)
                    .set(2, state.address())
                    .grid(Math.ceilDiv(count, THREADS), 1, 1, THREADS)
                    .run();
        }

        @Override
        public void choose(int variant) {
            chosen = variant;
        }

        @Override
        public void close() {}
    }
}
