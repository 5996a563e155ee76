package quire;

/** What a model computes on. More may come: a {@code switch} over them needs a default. */
public enum Backend {
    /** The first of CUDA and CPU that runs this model on this machine; never the reference. */
    AUTO,
    /** The processor, by kernels in C that suit it. */
    CPU,
    /** An NVIDIA card. */
    CUDA,
    /** Plain Java, which is right everywhere and very slow: for comparisons. */
    REFERENCE
}
