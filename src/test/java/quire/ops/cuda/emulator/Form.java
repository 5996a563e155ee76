package quire.ops.cuda.emulator;

import java.math.BigInteger;

/**
 * A form of an opcode and what it is to compute.
 *
 * @param code reads {@code %a}, {@code %b}, {@code %c} and writes {@code %d}; {@code %p} is a
 *     predicate
 * @param types of the result and of each operand
 * @param model gives the bits of the result from those of the operands
 */
record Form(String code, String types, Model model) {

    @FunctionalInterface
    interface Model {
        long of(long a, long b, long c);
    }

    /** A model in whole numbers, however large. */
    @FunctionalInterface
    interface Whole {
        BigInteger of(BigInteger a, BigInteger b, BigInteger c);
    }

    /** A model in floats. */
    @FunctionalInterface
    interface Single {
        float of(float a, float b, float c);
    }

    static Form whole(String code, String types, Whole model) {
        String[] type = types.split(" ");
        return new Form(
                code,
                types,
                (a, b, c) ->
                        model.of(number(type, 1, a), number(type, 2, b), number(type, 3, c))
                                .longValue());
    }

    static Form single(String code, int operands, Single model) {
        return new Form(
                code,
                "f32" + " f32".repeat(operands),
                (a, b, c) ->
                        Float.floatToRawIntBits(
                                model.of(
                                        Float.intBitsToFloat((int) a),
                                        Float.intBitsToFloat((int) b),
                                        Float.intBitsToFloat((int) c))));
    }

    static int bits(String type) {
        return Integer.parseInt(type.replaceAll("^\\D+|x2$", "")) * (type.endsWith("x2") ? 2 : 1);
    }

    static long cut(String type, long value) {
        int bits = bits(type);
        return bits == 64 ? value : value & (1L << bits) - 1;
    }

    private static BigInteger number(String[] types, int operand, long bits) {
        if (operand >= types.length) {
            return BigInteger.ZERO;
        }
        String type = types[operand];
        int unused = 64 - bits(type);
        if (type.startsWith("s")) {
            return BigInteger.valueOf(bits << unused >> unused);
        }
        return new BigInteger(Long.toUnsignedString(bits << unused >>> unused));
    }

    /** An entry that does this for 24 bytes of operands and 8 of a result a thread. */
    String entry(String name) {
        String[] type = types.split(" ");
        StringBuilder text = new StringBuilder();
        text.append(".visible .entry ")
                .append(name)
                .append("(.param .u64 in, .param .u64 out) {\n");
        text.append(".reg .b64 %in, %out, %i; .reg .b32 %t, %z; .reg .pred %p, %q;\n");
        for (int i = 0; i < type.length; i++) {
            text.append(".reg .b%d %%%c;\n".formatted(bits(type[i]), "dabc".charAt(i)));
        }
        text.append("ld.param.u64 %in, [in]; ld.param.u64 %out, [out]; mov.u32 %t, %tid.x;\n");
        text.append("mad.wide.u32 %in, %t, 24, %in; mad.wide.u32 %out, %t, 8, %out;\n");
        text.append("mov.u64 %i, 0; st.global.u64 [%out], %i;\n");
        for (int i = 1; i < type.length; i++) {
            text.append(
                    "ld.global.b%d %%%c, [%%in+%d];\n"
                            .formatted(bits(type[i]), "dabc".charAt(i), 8 * (i - 1)));
        }
        text.append(code).append("\nst.global.b").append(bits(type[0])).append(" [%out], %d;\n");
        return text.append("ret;\n}\n").toString();
    }

    @Override
    public String toString() {
        return code;
    }
}
