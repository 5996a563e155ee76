package quire.ops.cpu;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/**
 * The structures of {@code kernels-cpu/quire_cpu.h}, field by field under the same names. The
 * header asserts its side when it is compiled, {@code BoundaryTest} compares the two.
 */
final class Structures {

    static final StructLayout PART =
            MemoryLayout.structLayout(
                            ADDRESS.withName("weight"),
                            ADDRESS.withName("bias"),
                            JAVA_LONG.withName("row_bytes"),
                            JAVA_INT.withName("rows"),
                            JAVA_INT.withName("dtype"),
                            JAVA_INT.withName("layout"),
                            JAVA_INT.withName("unused"))
                    .withName("quire_part");

    static final StructLayout HEADS =
            MemoryLayout.structLayout(
                            ADDRESS.withName("qkv"),
                            ADDRESS.withName("out"),
                            ADDRESS.withName("keys"),
                            ADDRESS.withName("values"),
                            ADDRESS.withName("positions"),
                            ADDRESS.withName("slots"),
                            ADDRESS.withName("query_starts"),
                            ADDRESS.withName("context_lengths"),
                            ADDRESS.withName("block_tables"),
                            ADDRESS.withName("cos_sin"),
                            ADDRESS.withName("query_norm"),
                            ADDRESS.withName("key_norm"),
                            JAVA_FLOAT.withName("norm_eps"),
                            JAVA_FLOAT.withName("scale"),
                            JAVA_INT.withName("num_tokens"),
                            JAVA_INT.withName("num_sequences"),
                            JAVA_INT.withName("max_blocks"),
                            JAVA_INT.withName("block_size"),
                            JAVA_INT.withName("num_heads"),
                            JAVA_INT.withName("num_kv_heads"),
                            JAVA_INT.withName("head_dim"),
                            JAVA_INT.withName("kv_dtype"),
                            JAVA_INT.withName("sliding_window"),
                            JAVA_INT.withName("rotary_dim"),
                            JAVA_INT.withName("neighbours"),
                            JAVA_INT.withName("unused"))
                    .withName("quire_heads");

    private Structures() {}

    /** Where a field begins, in bytes. */
    static long offset(StructLayout structure, String field) {
        return structure.byteOffset(groupElement(field));
    }
}
