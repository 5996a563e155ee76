package quire.cli;

/**
 * Tokens per second.
 *
 * @param prefill of one prompt
 * @param decodeOne of one sequence
 * @param decodeBatch of all sequences of a batch together
 */
record Rates(double prefill, double decodeOne, double decodeBatch) {

    /** The better of both in each figure: noise only ever slows down. */
    Rates best(Rates other) {
        return new Rates(
                Math.max(prefill, other.prefill),
                Math.max(decodeOne, other.decodeOne),
                Math.max(decodeBatch, other.decodeBatch));
    }
}
