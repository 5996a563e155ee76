/**
 * The whole server with the demo model, asked over HTTP: by clients that people use, by many at
 * once, and by some that misbehave.
 */
package quire.e2e;
