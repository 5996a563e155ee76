package quire.ops.cpu;

final class Avx512ContractTest extends CpuOpsContract {

    Avx512ContractTest() {
        super(CpuTier.AVX512);
    }
}
