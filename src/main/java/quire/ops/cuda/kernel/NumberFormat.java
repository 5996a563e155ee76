package quire.ops.cuda.kernel;

import quire.tensor.DType;
import quire.tensor.SmallFloats;

/** What tensor cores multiply: the type of activations, weights, keys and values on a card. */
public enum NumberFormat {
    BF16(DType.BF16, "bf16"),
    FP16(DType.F16, "fp16");

    private final DType dtype;
    private final String suffix;

    NumberFormat(DType dtype, String suffix) {
        this.dtype = dtype;
        this.suffix = suffix;
    }

    /**
     * The format of that type.
     *
     * @throws IllegalArgumentException if kernels do not compute in it
     */
    public static NumberFormat of(DType dtype) {
        for (NumberFormat format : values()) {
            if (format.dtype == dtype) {
                return format;
            }
        }
        throw new IllegalArgumentException("no CUDA kernel computes in " + dtype);
    }

    public DType dtype() {
        return dtype;
    }

    /** How the names of its kernels end. */
    String suffix() {
        return suffix;
    }

    /** The nearest number of this format, ties to even. */
    public short round(float value) {
        return switch (this) {
            case BF16 -> SmallFloats.toBfloat16(value);
            case FP16 -> SmallFloats.toFloat16(value);
        };
    }
}
