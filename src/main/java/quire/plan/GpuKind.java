package quire.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** NVIDIA cards, and the memory that {@code nvidia-smi} shows of them, in MiB. */
public enum GpuKind {
    T4("T4", 15_360, 75),
    V100_16G("V100-16G", 16_384, 70),
    V100_32G("V100-32G", 32_768, 70),
    A10("A10", 23_028, 86),
    A10G("A10G", 23_028, 86),
    A30("A30", 24_576, 80),
    A40("A40", 46_068, 86),
    A100_40G("A100-40G", 40_960, 80),
    A100_80G("A100-80G", 81_920, 80),
    L4("L4", 23_034, 89),
    L40("L40", 46_068, 89),
    L40S("L40S", 46_068, 89),
    H20("H20", 97_871, 90),
    H100_80G("H100-80G", 81_559, 90),
    H100_94G("H100-94G", 95_830, 90),
    H200("H200", 143_771, 90),
    GH200_96G("GH200-96G", 97_871, 90),
    B200("B200", 183_359, 100),
    RTX_3060("RTX-3060", 12_288, 86),
    RTX_3080("RTX-3080", 10_240, 86),
    RTX_3090("RTX-3090", 24_576, 86),
    RTX_4060_TI_16G("RTX-4060-Ti-16G", 16_380, 89),
    RTX_4070("RTX-4070", 12_282, 89),
    RTX_4080("RTX-4080", 16_376, 89),
    RTX_4090("RTX-4090", 24_564, 89),
    RTX_5070_TI("RTX-5070-Ti", 16_303, 120),
    RTX_5080("RTX-5080", 16_303, 120),
    RTX_5090("RTX-5090", 32_607, 120),
    RTX_A6000("RTX-A6000", 49_140, 86),
    RTX_6000_ADA("RTX-6000-Ada", 49_140, 89),
    RTX_PRO_6000("RTX-PRO-6000", 97_887, 120);

    /**
     * What the driver keeps of that for itself, in MiB: of an H200 programs see 143,146, of a B200
     * 182,642. Smaller cards keep a little less.
     */
    private static final int DRIVER_MEBIBYTES = 640;

    /** The engine's kernels begin with this compute capability. */
    private static final int LEAST_CAPABILITY = 80;

    private final String shown;
    private final int mebibytes;
    private final int capability;

    GpuKind(String shown, int mebibytes, int capability) {
        this.shown = shown;
        this.mebibytes = mebibytes;
        this.capability = capability;
    }

    /** The card of that name, however it is spaced; a name without a size is the smallest. */
    static Optional<GpuKind> of(String name) {
        String wanted = core(name);
        return find(kind -> core(kind.shown).equals(wanted))
                .or(
                        () ->
                                find(
                                        kind ->
                                                core(kind.shown.replaceFirst("-\\d+G$", ""))
                                                        .equals(wanted)));
    }

    private static Optional<GpuKind> find(Predicate<GpuKind> wanted) {
        return Arrays.stream(values()).filter(wanted).findFirst();
    }

    /** What a name is but for its spacing and the words that some put in front. */
    private static String core(String name) {
        return name.toUpperCase(Locale.ROOT)
                .replaceAll("[-_ ]", "")
                .replaceFirst("^(NVIDIA)?(GEFORCE)?(RTX)?", "")
                .replaceFirst("GB$", "G");
    }

    /** Those that are known. */
    public static List<String> names() {
        return Arrays.stream(values()).map(kind -> kind.shown).toList();
    }

    /** What programs see of its memory. */
    long bytes() {
        return (long) (mebibytes - DRIVER_MEBIBYTES) << 20;
    }

    /** Whether the engine has kernels for it. */
    boolean isKnownToKernels() {
        return capability >= LEAST_CAPABILITY;
    }

    @Override
    public String toString() {
        return shown;
    }
}
