package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.JavaProcess;
import quire.Outside;

/**
 * Each call of the driver fails in turn, of a load and of steps: every request has an answer, the
 * right one or an error, nothing stays behind, and the engine lives on or is dead as it is said.
 * All calls are dealt into {@value #PARTS} parts, of which {@code -Dquire.faults.parts} are tried.
 */
class FaultSweepTest {

    private static final int PARTS = 60;
    private static final int TRIED = Integer.getInteger("quire.faults.parts", 1);

    @TempDir Path folder;

    /** Out of memory, a kernel that failed, a card that is gone, and a call that never returns. */
    @ParameterizedTest
    @ValueSource(strings = {"2", "719", "46", "hang"})
    void everyRequestHasAnAnswerAndNothingStaysBehind(String result) throws Exception {
        Outside.CUDA_EMULATOR.path();
        Path model = TinyModel.in(folder);
        for (int part = 0; part < TRIED; part++) {
            JavaProcess.Ended ended =
                    JavaProcess.of(FaultSweep.class)
                            .run(
                                    model.toString(),
                                    result,
                                    Integer.toString(part),
                                    Integer.toString(PARTS));
            assertEquals(0, ended.exitCode(), ended.output());
            assertFalse(ended.output().contains("WRONG"), ended.output());
            Optional<String> summary =
                    ended.output().lines().filter(line -> line.startsWith("lives ")).findFirst();
            System.out.println(result + ", part " + part + ": " + summary.orElseThrow());
        }
    }
}
