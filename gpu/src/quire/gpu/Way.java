package quire.gpu;

import java.util.List;
import java.util.Locale;
import quire.ops.cuda.CudaOptions;

/** How decode steps come to the card. */
enum Way {
    GRAPHS,
    EAGER;

    private static final int MOST_IN_FLIGHT = 2;

    /** Of the backend. */
    CudaOptions options() {
        return new CudaOptions(this == GRAPHS, List.of(), MOST_IN_FLIGHT);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
