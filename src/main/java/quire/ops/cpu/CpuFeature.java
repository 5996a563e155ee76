package quire.ops.cpu;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import quire.error.ConfigurationException;

/**
 * Instructions beyond those of any 64-bit machine that kernels may need; the order is that of their
 * bits in {@code quire_cpu.h}.
 */
public enum CpuFeature {
    /** AVX2 with FMA and F16C. */
    AVX2,
    /** AVX-512 F, BW, VL and DQ. */
    AVX512(AVX2),
    /** AMX tiles with BF16 products, for linear layers of BF16 and quantised weights. */
    AMX(AVX512);

    /** System property that limits the features to use: names, or {@link #NONE}. */
    public static final String PROPERTY = "quire.cpu.features";

    /** Stands for no feature at all. */
    static final String NONE = "portable";

    private final Set<CpuFeature> basis;

    CpuFeature(CpuFeature... basis) {
        this.basis = Set.of(basis);
    }

    /** The name that the property takes and the log shows. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** This feature and all that it builds on, which a processor that has it has too. */
    public Set<CpuFeature> withBasis() {
        EnumSet<CpuFeature> all = EnumSet.of(this);
        basis.forEach(feature -> all.addAll(feature.withBasis()));
        return Collections.unmodifiableSet(all);
    }

    /** The set as the library counts it. */
    static int bits(Set<CpuFeature> features) {
        return features.stream().mapToInt(feature -> 1 << feature.ordinal()).sum();
    }

    static Set<CpuFeature> of(int bits) {
        EnumSet<CpuFeature> features = EnumSet.noneOf(CpuFeature.class);
        for (CpuFeature feature : values()) {
            if ((bits & 1 << feature.ordinal()) != 0) {
                features.add(feature);
            }
        }
        return Collections.unmodifiableSet(features);
    }

    /** The features by name, less those that others of the set build on: {@code avx512}. */
    static String label(Set<CpuFeature> features) {
        String names =
                features.stream()
                        .filter(f -> features.stream().noneMatch(o -> o.basis.contains(f)))
                        .map(CpuFeature::label)
                        .collect(Collectors.joining(" "));
        return names.isEmpty() ? NONE : names;
    }

    /**
     * The features to use: all that this machine has, or those that {@link #PROPERTY} names, with
     * what they build on.
     *
     * @throws ConfigurationException if the property names no feature, or one that is not here
     */
    static Set<CpuFeature> choose(Set<CpuFeature> here) {
        String wanted = System.getProperty(PROPERTY, "").strip();
        if (wanted.isEmpty()) {
            return here;
        }
        EnumSet<CpuFeature> chosen = EnumSet.noneOf(CpuFeature.class);
        for (String name : wanted.split(",")) {
            String label = name.strip();
            if (!label.equals(NONE)) {
                chosen.addAll(named(label, here));
            }
        }
        return Collections.unmodifiableSet(chosen);
    }

    private static Set<CpuFeature> named(String label, Set<CpuFeature> here) {
        return here.stream()
                .filter(feature -> feature.label().equals(label))
                .map(CpuFeature::withBasis)
                .findFirst()
                .orElseThrow(() -> notHere(label, here));
    }

    private static ConfigurationException notHere(String label, Set<CpuFeature> here) {
        boolean known = Arrays.stream(values()).anyMatch(f -> f.label().equals(label));
        String allowed =
                NONE + here.stream().map(f -> ", " + f.label()).collect(Collectors.joining());
        return new ConfigurationException(
                PROPERTY
                        + " names "
                        + label
                        + (known
                                ? ", which this machine's CPU or this build does not have"
                                : ", which is no feature")
                        + "; allowed are "
                        + allowed
                        + ".");
    }
}
