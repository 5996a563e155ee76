package quire;

/** How a number is stored. More may come: a {@code switch} over them needs a default. */
public enum ElementType {
    /** The checkpoint's own, where a backend can store it. */
    AUTO,
    /** IEEE 754 with 32 bits. */
    FLOAT32,
    /** IEEE 754 with 16 bits. */
    FLOAT16,
    /** The upper half of a FLOAT32. */
    BFLOAT16
}
