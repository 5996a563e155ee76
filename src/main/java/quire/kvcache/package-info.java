/**
 * Floor 2: which KV blocks belong to whom. {@link quire.kvcache.BlockManager} hands out block
 * numbers, counts references and finds prefixes that are already computed; the memory behind the
 * numbers belongs to the backend. Imports {@code sequence}; {@code scheduler} and {@code engine}
 * may import it. Event loop only.
 */
package quire.kvcache;
