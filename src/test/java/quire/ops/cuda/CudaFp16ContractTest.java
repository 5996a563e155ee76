package quire.ops.cuda;

import quire.tensor.DType;

final class CudaFp16ContractTest extends CudaOpsContract {

    CudaFp16ContractTest() {
        super(DType.F16);
    }
}
