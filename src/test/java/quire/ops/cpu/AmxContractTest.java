package quire.ops.cpu;

final class AmxContractTest extends CpuOpsContract {

    AmxContractTest() {
        super(CpuTier.AMX);
    }
}
