package quire.ops.cuda.emulator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of kernels written by hand, each with the emulator as it is by itself. */
abstract class CardTests {

    Emulator emulator;
    HandWritten card;

    /** Chooses what must be chosen before there is a card. */
    void choose(Emulator settings) {}

    @BeforeEach
    void load() {
        emulator = new Emulator();
        choose(emulator);
        card = new HandWritten();
    }

    @AfterEach
    void forget() {
        if (card != null) {
            card.close();
        }
        if (emulator != null) {
            emulator.close();
        }
    }
}
