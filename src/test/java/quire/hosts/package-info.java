/**
 * Quire inside other programs. Each is a project of its own in {@code src/test/hosts}, which is
 * built with the artifacts that this build installed below {@code target/hosts}.
 */
package quire.hosts;
