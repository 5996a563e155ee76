/**
 * Floor 0: text with structured regions in it, as structural tags describe it and as models call
 * tools.
 */
package quire.grammar.tag;
