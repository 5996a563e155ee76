package quire.golden;

import quire.Outside;
import quire.ops.Ops;
import quire.ops.cpu.CpuLibrary;
import quire.ops.cpu.CpuTier;
import quire.ops.reference.ReferenceOps;

/** The backends that must reproduce the golden values; one that is not here shows as skipped. */
public enum Backend {
    REFERENCE,
    CPU_PORTABLE,
    CPU_AVX2,
    CPU_AVX512,
    CPU_AMX;

    /** Opens it, or skips the test where this machine has none. */
    public Ops open() {
        return switch (this) {
            case REFERENCE -> new ReferenceOps();
            case CPU_PORTABLE -> cpu(CpuTier.PORTABLE);
            case CPU_AVX2 -> cpu(CpuTier.AVX2);
            case CPU_AVX512 -> cpu(CpuTier.AVX512);
            case CPU_AMX -> cpu(CpuTier.AMX);
        };
    }

    private static Ops cpu(CpuTier tier) {
        switch (CpuLibrary.load()) {
            case CpuLibrary.Loaded loaded -> {
                return tier.ops(loaded, 2);
            }
            case CpuLibrary.Refused _ -> {
                throw Outside.CPU_KERNELS.notHere();
            }
        }
    }
}
