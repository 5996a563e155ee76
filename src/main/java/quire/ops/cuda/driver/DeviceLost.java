package quire.ops.cuda.driver;

import java.time.Duration;
import java.util.Set;

/**
 * The card, or this process's part of it, is of no more use: a kernel failed or does not end, or
 * the hardware reported an error. Every later call fails too, in contexts made anew as well, for as
 * long as the process lives. What kernels wrote is not to be trusted.
 */
public final class DeviceLost extends CudaException {
    private static final int LAUNCH_TIMEOUT = 702;

    /**
     * A card that is gone (46); uncorrectable memory (214), links (220) or both, contained (226); a
     * destroyed context (709); what kernels do wrong: addresses (700), time limits (702),
     * assertions (710), stack, instruction, alignment, address space, counter (714 to 718), any
     * other failure (719), tensor memory (721); and what the driver has no name for (999), after
     * which it is of no use either.
     */
    private static final Set<Integer> CODES =
            Set.of(
                    46,
                    214,
                    220,
                    226,
                    700,
                    LAUNCH_TIMEOUT,
                    709,
                    710,
                    714,
                    715,
                    716,
                    717,
                    718,
                    719,
                    721,
                    999);

    DeviceLost(int code, String message) {
        super(code, message);
    }

    @Override
    public Extent extent() {
        return Extent.PROCESS;
    }

    static boolean isMeantBy(int code) {
        return CODES.contains(code);
    }

    static DeviceLost overdue(Duration limit) {
        return new DeviceLost(
                LAUNCH_TIMEOUT,
                "the card has not done its work within " + limit.toMillis() + " ms");
    }
}
