package quire.ops.cpu;

final class Avx2ContractTest extends CpuOpsContract {

    Avx2ContractTest() {
        super(CpuTier.AVX2);
    }
}
