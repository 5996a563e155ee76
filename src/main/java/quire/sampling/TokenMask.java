package quire.sampling;

/**
 * Which tokens a row may become, said by something outside of sampling, such as a grammar that has
 * to see the tokens before it first. Asked for once in each step that has the row, on the {@code
 * quire-engine} thread and as late as the backend can wait.
 */
public interface TokenMask {

    /** Words of a row that may become any token: this very array. */
    long[] ANY = {};

    /** Words of a row that is to give no token in this step, for they are not known yet. */
    long[] NOT_READY = new long[0];

    /**
     * Whether {@link #words} has its answer at once. Where it has not, a backend asks for that
     * behind the forward pass.
     */
    default boolean isReady() {
        return true;
    }

    /**
     * A bit for each token, token 0 in the lowest bit of the first word; what is behind the last
     * word is not allowed.
     *
     * @return the words, to be left as they are until the step's tokens are taken; or {@link #ANY}
     *     or {@link #NOT_READY}
     */
    long[] words();
}
