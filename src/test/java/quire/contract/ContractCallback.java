package quire.contract;

import io.quarkus.test.junit.callback.QuarkusTestAfterEachCallback;
import io.quarkus.test.junit.callback.QuarkusTestMethodContext;
import java.util.List;

/** Lets a test fail that made the server answer what the specification does not promise. */
public final class ContractCallback implements QuarkusTestAfterEachCallback {

    private static final int MAX_TOLD = 5;

    @Override
    public void afterEach(QuarkusTestMethodContext context) {
        List<String> faults = ContractWatch.takeFaults();
        if (!faults.isEmpty()) {
            throw new AssertionError(
                    faults.size()
                            + " answers are not as specified:\n"
                            + String.join(
                                    "\n", faults.subList(0, Math.min(MAX_TOLD, faults.size()))));
        }
    }
}
