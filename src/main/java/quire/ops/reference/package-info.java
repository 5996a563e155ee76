/**
 * Floor 2: the scalar oracle of {@link quire.ops.Ops} in plain Java. Every other backend is
 * compared with it, and it runs where no native one can. Imports {@code ops}, {@code tensor} and
 * {@code error}; the engine picks it. Runs on the {@code quire-engine} thread alone.
 */
package quire.ops.reference;
