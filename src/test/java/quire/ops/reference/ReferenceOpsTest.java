package quire.ops.reference;

import quire.ops.Ops;
import quire.ops.OpsContract;

class ReferenceOpsTest extends OpsContract {

    @Override
    protected Ops ops(int threads) {
        return new ReferenceOps();
    }
}
