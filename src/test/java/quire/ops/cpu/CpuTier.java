package quire.ops.cpu;

import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/** Sets of features that are tested: each is what some processors have. */
public enum CpuTier {
    PORTABLE(Set.of()),
    AVX2(CpuFeature.AVX2.withBasis()),
    AVX512(CpuFeature.AVX512.withBasis()),
    AMX(CpuFeature.AMX.withBasis());

    private final Set<CpuFeature> features;

    CpuTier(Set<CpuFeature> features) {
        this.features = features;
    }

    /** Kernels that use these features alone; without one of them, the test is skipped. */
    public CpuOps ops(CpuLibrary.Loaded library, int threads) {
        Assumptions.assumeTrue(
                library.features().containsAll(features),
                "this machine has no " + CpuFeature.label(features));
        return new CpuOps(library, features, threads);
    }
}
