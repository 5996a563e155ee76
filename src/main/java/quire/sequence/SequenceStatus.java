package quire.sequence;

/** Where a sequence is in its life. */
public enum SequenceStatus {
    /** Not yet added to a scheduler, or in its queue: new or preempted, without blocks. */
    WAITING,
    /** Has blocks and gets tokens of the steps' budgets. */
    RUNNING,
    /** Ended; see its finish reason. */
    FINISHED
}
