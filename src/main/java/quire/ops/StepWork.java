package quire.ops;

/**
 * What is computed of each step: operations of one backend, over another batch each time, begun by
 * {@link Ops#begin} of that batch. For batches of as many tokens, sequences and logit rows it is
 * always the same operations over the same matrices.
 */
@FunctionalInterface
public interface StepWork {

    /**
     * Computes a step, or queues that.
     *
     * @param batch what it holds afterwards is not defined
     */
    void run(Batch batch);
}
