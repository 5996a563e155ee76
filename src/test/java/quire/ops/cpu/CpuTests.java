package quire.ops.cpu;

import quire.Outside;

/** What the tests of this package share. */
final class CpuTests {

    private CpuTests() {}

    /**
     * The library, which every build with a compiler has; after one without, the test is skipped.
     */
    static CpuLibrary.Loaded library() {
        return switch (CpuLibrary.load()) {
            case CpuLibrary.Loaded loaded -> loaded;
            case CpuLibrary.Refused _ -> throw Outside.CPU_KERNELS.notHere();
        };
    }

    static CpuOps ops(CpuTier tier, int threads) {
        return tier.ops(library(), threads);
    }
}
