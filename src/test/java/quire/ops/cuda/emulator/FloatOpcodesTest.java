package quire.ops.cuda.emulator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each form of an opcode on floats, and conversions, against Java's own arithmetic. */
class FloatOpcodesTest {
    private static float directed(BigDecimal exact, int mode) {
        float nearest = exact.floatValue();
        int side = new BigDecimal(nearest).compareTo(exact);
        boolean down = mode < 0 || mode == 0 && exact.signum() > 0;
        if (side > 0 && down) {
            return Math.nextDown(nearest);
        }
        return side < 0 && !down ? Math.nextUp(nearest) : nearest;
    }

    private static Form.Single inDirection(int mode, boolean product) {
        return (a, b, c) -> {
            float nearest = product ? a * b : a + b;
            if (!Float.isFinite(a)
                    || !Float.isFinite(b)
                    || Float.isInfinite(nearest)
                    || nearest == 0) {
                return Float.NaN;
            }
            BigDecimal x = new BigDecimal(a);
            BigDecimal y = new BigDecimal(b);
            return directed(product ? x.multiply(y) : x.add(y), mode);
        };
    }

    @Test
    void floats() {
        Forms.check(
                List.of(
                        Form.single("add.f32 %d, %a, %b;", 2, (a, b, c) -> a + b),
                        Form.single("sub.rn.f32 %d, %a, %b;", 2, (a, b, c) -> a - b),
                        Form.single("mul.f32 %d, %a, %b;", 2, (a, b, c) -> a * b),
                        Form.single("div.rn.f32 %d, %a, %b;", 2, (a, b, c) -> a / b),
                        Form.single("fma.rn.f32 %d, %a, %b, %c;", 3, Math::fma),
                        Form.single("sqrt.rn.f32 %d, %a;", 1, (a, b, c) -> (float) Math.sqrt(a)),
                        Form.single("rcp.rn.f32 %d, %a;", 1, (a, b, c) -> 1 / a),
                        Form.single("neg.f32 %d, %a;", 1, (a, b, c) -> -a),
                        Form.single("abs.f32 %d, %a;", 1, (a, b, c) -> Math.abs(a)),
                        Form.single(
                                "min.f32 %d, %a, %b;",
                                2,
                                (a, b, c) -> Float.isNaN(a) ? b : Float.isNaN(b) || a < b ? a : b),
                        Form.single(
                                "max.NaN.f32 %d, %a, %b;",
                                2,
                                (a, b, c) ->
                                        Float.isNaN(a) || Float.isNaN(b)
                                                ? Float.NaN
                                                : a > b ? a : b),
                        Form.single(
                                "add.sat.f32 %d, %a, %b;",
                                2, (a, b, c) -> a + b > 0 ? Math.min(a + b, 1) : 0),
                        Form.single(
                                "mul.ftz.f32 %d, %a, %b;",
                                2, (a, b, c) -> flushed(flushed(a) * flushed(b))),
                        Form.single(
                                "setp.ltu.f32 %p, %a, %b; selp.f32 %d, %a, %b, %p;",
                                2, (a, b, c) -> !(a >= b) ? a : b)));
    }

    private static float flushed(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0, x) : x;
    }

    /** Where the model gives a NaN the case is left out: nothing is said of it here. */
    @Test
    void floatsInADirection() {
        List<Form> forms = new ArrayList<>();
        for (String[] mode : new String[][] {{"rz", "0"}, {"rm", "-1"}, {"rp", "1"}}) {
            int to = Integer.parseInt(mode[1]);
            for (boolean product : new boolean[] {false, true}) {
                Form.Single model = inDirection(to, product);
                String opcode = (product ? "mul." : "add.") + mode[0] + ".f32";
                forms.add(
                        new Form(
                                opcode + " %d, %a, %b; mov.b32 %t, %d;",
                                "f32 f32 f32",
                                Form.single(opcode, 2, model).model()));
            }
        }
        checkWhereKnown(forms);
    }

    private static void checkWhereKnown(List<Form> forms) {
        Forms.check(
                forms.stream()
                        .map(form -> new Form(known(form.code()), form.types(), form.model()))
                        .toList());
    }

    /** Gives NaN for operands that are not finite and for results of 0 or infinity. */
    private static String known(String code) {
        return code
                + """
                 testp.finite.f32 %p, %a; @!%p mov.b32 %d, 0x7fc00000;
                testp.finite.f32 %p, %b; @!%p mov.b32 %d, 0x7fc00000;
                """
                + (code.startsWith("mul") ? "mul" : "add")
                + """
                .f32 %t, %a, %b; abs.f32 %t, %t;
                setp.eq.f32 %p, %t, 0f00000000; @%p mov.b32 %d, 0x7fc00000;
                setp.eq.f32 %p, %t, 0f7F800000; @%p mov.b32 %d, 0x7fc00000;""";
    }

    @Test
    void conversions() {
        Form.Model toInt = (a, b, c) -> (int) Float.intBitsToFloat((int) a);
        Forms.check(
                List.of(
                        new Form("cvt.rzi.s32.f32 %d, %a;", "s32 f32", toInt),
                        new Form(
                                "cvt.rzi.s64.f32 %d, %a;",
                                "s64 f32",
                                (a, b, c) ->
                                        Float.isNaN(Float.intBitsToFloat((int) a))
                                                ? Long.MIN_VALUE
                                                : (long) Float.intBitsToFloat((int) a)),
                        new Form(
                                "cvt.rn.f32.s32 %d, %a;",
                                "f32 s32", (a, b, c) -> Float.floatToRawIntBits((int) a)),
                        new Form(
                                "cvt.rn.f32.u64 %d, %a;",
                                "f32 u64",
                                (a, b, c) ->
                                        Float.floatToRawIntBits(
                                                new BigDecimal(Long.toUnsignedString(a))
                                                        .floatValue())),
                        new Form("cvt.s64.s32 %d, %a;", "s64 s32", (a, b, c) -> (int) a),
                        new Form("cvt.u64.u32 %d, %a;", "u64 u32", (a, b, c) -> a & 0xffffffffL),
                        new Form("cvt.s32.s8 %d, %a;", "s32 s32", (a, b, c) -> (byte) a),
                        new Form(
                                "cvt.sat.u8.s32 %d, %a;",
                                "u32 s32", (a, b, c) -> Math.clamp((int) a, 0, 255)),
                        new Form(
                                "cvt.f32.f16 %d, %a;",
                                "f32 b16",
                                (a, b, c) ->
                                        Float.floatToRawIntBits(Float.float16ToFloat((short) a))),
                        new Form(
                                "cvt.rn.f16.f32 %d, %a;",
                                "f16 f32",
                                (a, b, c) -> Float.floatToFloat16(Float.intBitsToFloat((int) a))),
                        new Form("cvt.rn.bf16.f32 %d, %a;", "b16 f32", (a, b, c) -> bf16((int) a)),
                        new Form(
                                "cvt.rn.bf16x2.f32 %d, %a, %b;",
                                "b32 f32 f32",
                                (a, b, c) -> bf16((int) a) << 16 | bf16((int) b) & 0xffff),
                        new Form(
                                "add.f16 %d, %a, %b;",
                                "f16 f16 f16",
                                (a, b, c) ->
                                        Float.floatToFloat16(
                                                Float.float16ToFloat((short) a)
                                                        + Float.float16ToFloat((short) b))),
                        new Form(
                                "cvt.f64.f32 %d, %a;",
                                "f64 f32",
                                (a, b, c) ->
                                        Double.doubleToRawLongBits(Float.intBitsToFloat((int) a))),
                        new Form(
                                "cvt.rn.f32.f64 %d, %a;",
                                "f32 f64",
                                (a, b, c) ->
                                        Float.floatToRawIntBits(
                                                (float) Double.longBitsToDouble(a)))));
    }

    private static long bf16(int bits) {
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return 0x7fff;
        }
        BigInteger exact = BigInteger.valueOf(bits & 0xffffffffL);
        long up = exact.shiftRight(16).longValue();
        long rest = bits & 0xffff;
        return rest > 0x8000 || rest == 0x8000 && (up & 1) == 1 ? up + 1 : up;
    }
}
