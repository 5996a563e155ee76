package quire.weights;

import java.util.Optional;
import quire.tensor.DType;

/**
 * Tensor types of GGUF files by their number, after {@code enum ggml_type} of ggml's {@code
 * ggml.h}; a type without a {@link DType} is known by name, so that a refusal can say it.
 */
enum GgmlType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    Q4_0(2, DType.Q4_0),
    Q4_1(3, DType.Q4_1),
    Q4_2(4),
    Q4_3(5),
    Q5_0(6, DType.Q5_0),
    Q5_1(7, DType.Q5_1),
    Q8_0(8, DType.Q8_0),
    Q8_1(9),
    Q2_K(10, DType.Q2_K),
    Q3_K(11, DType.Q3_K),
    Q4_K(12, DType.Q4_K),
    Q5_K(13, DType.Q5_K),
    Q6_K(14, DType.Q6_K),
    Q8_K(15),
    IQ2_XXS(16),
    IQ2_XS(17),
    IQ3_XXS(18),
    IQ1_S(19),
    IQ4_NL(20, DType.IQ4_NL),
    IQ3_S(21),
    IQ2_S(22),
    IQ4_XS(23, DType.IQ4_XS),
    I8(24),
    I16(25),
    I32(26, DType.I32),
    I64(27),
    F64(28),
    IQ1_M(29),
    BF16(30, DType.BF16),
    Q4_0_4_4(31),
    Q4_0_4_8(32),
    Q4_0_8_8(33),
    TQ1_0(34),
    TQ2_0(35),
    IQ4_NL_4_4(36),
    IQ4_NL_4_8(37),
    IQ4_NL_8_8(38),
    MXFP4(39, DType.MXFP4),
    NVFP4(40);

    private static final GgmlType[] BY_NUMBER = values();

    private final Optional<DType> dtype;

    GgmlType(int number) {
        this(number, null);
    }

    GgmlType(int number, DType dtype) {
        if (number != ordinal()) {
            throw new IllegalStateException(this + " has the number " + number);
        }
        this.dtype = Optional.ofNullable(dtype);
    }

    /** The type of that number, empty if ggml has none or a newer ggml than this list. */
    static Optional<GgmlType> byNumber(long number) {
        boolean known = number >= 0 && number < BY_NUMBER.length;
        return known ? Optional.of(BY_NUMBER[(int) number]) : Optional.empty();
    }

    /** The type as Quire computes with it, empty where it has no decoder. */
    Optional<DType> dtype() {
        return dtype;
    }
}
