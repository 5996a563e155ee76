package quire.ops.cpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import quire.error.ConfigurationException;

/** Instruction sets that the kernels are built for, lowest first; the order is the library's. */
public enum CpuTier {
    /** Any 64-bit machine. */
    PORTABLE,
    /** AVX2 with FMA and F16C. */
    AVX2,
    /** AVX-512 F, BW, VL and DQ. */
    AVX512,
    /** AVX-512, and AMX tiles for linear layers of BF16 and quantised weights. */
    AMX;

    /** System property that forces a tier no higher than the machine's. */
    public static final String PROPERTY = "quire.cpu.tier";

    /** The name that the property takes and the log shows. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The tier to run: the machine's best, or the one that {@link #PROPERTY} asks for.
     *
     * @throws ConfigurationException if the property names no tier, or one above {@code best}
     */
    static CpuTier choose(CpuTier best) {
        String wanted = System.getProperty(PROPERTY, "").strip();
        if (wanted.isEmpty()) {
            return best;
        }
        for (CpuTier tier : values()) {
            if (tier.label().equals(wanted)) {
                return tier.requireAtMost(best);
            }
        }
        throw new ConfigurationException(
                PROPERTY + " is " + wanted + "; allowed are " + labelsUpTo(best) + ".");
    }

    /** This tier, if the machine has it. */
    CpuTier requireAtMost(CpuTier best) {
        if (compareTo(best) > 0) {
            throw new ConfigurationException(
                    PROPERTY
                            + " is "
                            + label()
                            + ", but this machine's CPU and this build go up to "
                            + best.label()
                            + "; allowed are "
                            + labelsUpTo(best)
                            + ".");
        }
        return this;
    }

    private static String labelsUpTo(CpuTier best) {
        return Arrays.stream(values())
                .filter(tier -> tier.compareTo(best) <= 0)
                .map(CpuTier::label)
                .collect(Collectors.joining(", "));
    }
}
