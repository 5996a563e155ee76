/**
 * Floor 7: Quire inside a Java program. {@link quire.LLM} loads a model and generates with the
 * server's engine, batching and prefix cache, without HTTP or Quarkus. Imports {@code engine} and
 * below; any thread.
 */
package quire;
