/**
 * Quire inside a Java program: {@link quire.LLM} loads a model and generates with the server's
 * engine, batching and prefix cache, without HTTP or Quarkus.
 *
 * <p>This package is the whole API. What lies in packages inside of it is public for the compiler
 * alone and changes without notice. Nothing here takes or gives null.
 *
 * <p>Floor 7: imports {@code engine} and below; any thread.
 */
@NullMarked
package quire;

import org.jspecify.annotations.NullMarked;
