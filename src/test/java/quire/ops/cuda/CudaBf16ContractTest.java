package quire.ops.cuda;

import quire.tensor.DType;

final class CudaBf16ContractTest extends CudaOpsContract {

    CudaBf16ContractTest() {
        super(DType.BF16);
    }
}
