package quire.ops.cuda;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import quire.ops.cuda.emulator.Way;

/**
 * The contract of all backends holds on a card in whatever order its blocks and warps run and
 * however its tensor cores add. In the way that the emulated card goes by itself it is asked in
 * both formats by their own tests; here each format goes one of the other two, or all with {@code
 * -Dquire.ways=all}.
 */
class ContractWaysTest {

    static Stream<Arguments> formatsAndWays() {
        if (Way.areAllWanted()) {
            return Stream.of(CudaBf16ContractTest.class, CudaFp16ContractTest.class)
                    .flatMap(type -> Way.all().stream().map(way -> Arguments.of(type, way)));
        }
        return Stream.of(
                Arguments.of(CudaFp16ContractTest.class, Way.eachOnce().get(1)),
                Arguments.of(CudaBf16ContractTest.class, Way.eachOnce().get(2)));
    }

    @ParameterizedTest
    @MethodSource("formatsAndWays")
    void theContractHoldsInEveryScheduleAndRounding(Class<?> tests, Way way) throws Exception {
        EmulatedTests.assertPass(List.of(tests), way.environment());
    }
}
