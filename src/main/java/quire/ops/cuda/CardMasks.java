package quire.ops.cuda;

import quire.ops.SampleRows;
import quire.ops.cuda.driver.Stream;

/**
 * Brings the masks of steps to the card: with what begins a step, or, where some were not ready
 * then, while it computes and before it is sampled.
 */
final class CardMasks {

    private final Stream stream;

    /** Whether rows of the last step had masks, which stand on the card. */
    private boolean stand;

    private boolean late;

    CardMasks(Stream stream) {
        this.stream = stream;
    }

    /** Takes those masks of the step that begins which are ready. */
    void begin(SampleRows rows) {
        late = !rows.takeReadyMasks();
    }

    /** Whether some are still to come. */
    boolean areLate() {
        return late;
    }

    /** Writes the masks down, unless some are late. */
    void write(SampleRows rows, StepMasks step) {
        if (!late && (stand || StepMasks.areAmong(rows))) {
            step.write(rows);
        }
    }

    /** Queues the copy of what was written down. */
    void upload(SampleRows rows, StepMasks step) {
        boolean some = StepMasks.areAmong(rows);
        if (!late && (stand || some)) {
            stand = true;
            step.upload(stream);
            stand = some;
        }
    }

    /** Waits a moment for those that are late, and queues the copy of all of them. */
    void takeLate(SampleRows rows, StepMasks step) {
        rows.takeMasks();
        late = false;
        write(rows, step);
        upload(rows, step);
    }
}
