package quire.ops.cuda.emulator;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what the emulator says of kernels written by hand. */
abstract class ReportedTests {

    @TempDir Path folder;

    Reports reports;

    @BeforeEach
    void load() {
        reports = new Reports(folder);
    }

    @AfterEach
    void forget() {
        if (reports != null) {
            reports.close();
        }
    }
}
