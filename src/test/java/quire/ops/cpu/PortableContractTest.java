package quire.ops.cpu;

final class PortableContractTest extends CpuOpsContract {

    PortableContractTest() {
        super(CpuTier.PORTABLE);
    }
}
