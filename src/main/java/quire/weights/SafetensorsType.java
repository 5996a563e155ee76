package quire.weights;

import java.util.Optional;
import quire.tensor.DType;

/**
 * Element types of safetensors files, after {@code enum Dtype} of the safetensors library; those
 * without a {@link DType} are listed, and refused when a model asks for them.
 */
enum SafetensorsType {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    I16(16),
    U16(16),
    F16(16, DType.F16),
    BF16(16, DType.BF16),
    I32(32, DType.I32),
    U32(32),
    F32(32, DType.F32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private final int bits;
    private final Optional<DType> dtype;

    SafetensorsType(int bits) {
        this(bits, null);
    }

    SafetensorsType(int bits, DType dtype) {
        this.bits = bits;
        this.dtype = Optional.ofNullable(dtype);
    }

    /** The type as a header spells it, empty if there is none. */
    static Optional<SafetensorsType> byName(String name) {
        for (SafetensorsType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** Size of an element. */
    int bits() {
        return bits;
    }

    /** The type as Quire computes with it, empty where it only lists it. */
    Optional<DType> dtype() {
        return dtype;
    }
}
