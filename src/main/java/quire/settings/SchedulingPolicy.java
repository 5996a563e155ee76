package quire.settings;

/** Which requests go first; the names are vLLM's. */
public enum SchedulingPolicy {
    /** Those that came first. */
    FCFS,
    /** Those with the lower {@code priority}, and of these the ones that came first. */
    PRIORITY
}
