/**
 * Floor 2: the operations on the CPU, by C kernels ({@code kernels-cpu/}) behind the foreign
 * function API. Imports {@code ops}, {@code tensor} and {@code error}; {@code engine} imports it.
 * The one place that may use {@code Linker} and {@code SymbolLookup}. Calls come from the {@code
 * quire-engine} thread; the kernels' own worker threads never enter Java.
 */
package quire.ops.cpu;
