/**
 * Above the engine: what a model takes of which memory, from its configuration alone, before there
 * is a weight or a card. It counts with the engine's own arithmetic, {@link quire.ops.Footprint}
 * and {@link quire.engine.MemoryPlan}, and knows architectures that the engine does not compute.
 * Pure functions, any thread.
 */
package quire.plan;
