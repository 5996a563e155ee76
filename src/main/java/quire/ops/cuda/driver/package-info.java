/**
 * Floor 0: NVIDIA's driver, as little of it as the engine needs: contexts, streams, events, memory,
 * modules, launches and graphs, checked at their doors. Imports nothing of Quire; {@code ops.cuda}
 * and the kit in {@code gpu/} import it. The one place that sees JCuda, and beside {@code ops.cpu}
 * the one that uses {@code Linker}. A context and all that is made in it belong to one thread, its
 * owner.
 */
package quire.ops.cuda.driver;
