package quire.batcher;

/**
 * Fired when the last generation has ended and before connections are closed. Who observes it waits
 * until what is still to be written has left, for a few seconds at most.
 */
public record Farewell() {}
