package quire.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Device;
import quire.ops.cuda.emulator.Emulator;
import quire.tensor.DType;

/** Cards that a driver has here, emulated ones in their place. */
class CardsOfThisMachineTest {

    private static final long BYTES = 3L << 30;

    @Test
    void whatIsFreeOfACardIsPlannedFor() {
        Device card = EmulatedCuda.device();
        try (Emulator emulator = new Emulator()) {
            emulator.set("MEMORY", Long.toString(BYTES));
            List<Target> targets = Target.ofCards(List.of(card, card));
            assertEquals(1, targets.size());
            Target two = targets.getFirst();
            assertEquals(card.name() + "x2", two.name());
            assertEquals(2, two.count());
            assertEquals(BYTES, two.memoryBytes());
            assertEquals((long) (0.9 * BYTES), two.usableBytes());
            Planner planner =
                    new Planner(
                            PlannedModel.read(Path.of("models/quire-demo")),
                            new Wanted(4096, 64, DType.BF16));
            Fit fit = planner.engineFit(two);
            assertTrue(fit.sequences() > 64, fit::toString);
            assertTrue(fit.otherBytes() + fit.weightBytes() + fit.cacheBytes() <= 0.9 * BYTES);
        }
    }

    @Test
    void theMachinesOwnMemoryComesLast() {
        List<Target> targets = Target.ofThisMachine();
        assertEquals("this machine", targets.getLast().name());
        assertTrue(targets.stream().limit(targets.size() - 1L).allMatch(Target::isCard));
    }
}
