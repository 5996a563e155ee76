package quire.ops.cuda.emulator;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each form of a lane-wise opcode against Java's own arithmetic of whole numbers. */
class OpcodesTest {
    private static BigInteger truth(boolean value) {
        return value ? BigInteger.ONE : BigInteger.ZERO;
    }

    @Test
    void wholeNumbers() {
        List<Form> forms = new ArrayList<>();
        for (String type : List.of("s16", "u16", "s32", "u32", "s64", "u64")) {
            int bits = Form.bits(type);
            String t2 = (" " + type).repeat(2);
            String t3 = (" " + type).repeat(3);
            Adder add = (name, types, model) -> forms.add(Form.whole(name, types, model));
            add.to("add." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a.add(b));
            add.to("sub." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a.subtract(b));
            add.to("mul.lo." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a.multiply(b));
            add.to(
                    "mul.hi." + type + " %d, %a, %b;",
                    type + t2,
                    (a, b, c) -> a.multiply(b).shiftRight(bits));
            add.to(
                    "mad.lo." + type + " %d, %a, %b, %c;",
                    type + t3,
                    (a, b, c) -> a.multiply(b).add(c));
            add.to(
                    "mad.hi." + type + " %d, %a, %b, %c;",
                    type + t3,
                    (a, b, c) -> a.multiply(b).shiftRight(bits).add(c));
            add.to(
                    "div." + type + " %d, %a, %b;",
                    type + t2,
                    (a, b, c) -> b.signum() == 0 ? BigInteger.ONE.negate() : a.divide(b));
            add.to(
                    "rem." + type + " %d, %a, %b;",
                    type + t2,
                    (a, b, c) -> b.signum() == 0 ? a : a.remainder(b));
            add.to("min." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a.min(b));
            add.to("max." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a.max(b));
            add.to(
                    "sad." + type + " %d, %a, %b, %c;",
                    type + t3,
                    (a, b, c) -> a.subtract(b).abs().add(c));
            add.to(
                    "shr." + type + " %d, %a, %b;",
                    type + " " + type + " u32",
                    (a, b, c) -> a.shiftRight(Math.min(b.intValue() < 0 ? 64 : b.intValue(), 64)));
            add.to(
                    "setp.lt." + type + " %p, %a, %b; selp.b32 %d, 1, 0, %p;",
                    "b32" + t2,
                    (a, b, c) -> truth(a.compareTo(b) < 0));
            add.to(
                    "setp.ge." + type + " %p|%q, %a, %b; selp.b32 %d, 1, 0, %q;",
                    "b32" + t2,
                    (a, b, c) -> truth(a.compareTo(b) < 0));
            add.to(
                    "setp.eq."
                            + type
                            + " %p, %a, %b; setp.gt.or."
                            + type
                            + " %p, %a, %b, !%p; selp.b32 %d, 5, 6, %p;",
                    "b32" + t2,
                    (a, b, c) -> BigInteger.valueOf(a.equals(b) ? 6 : 5));
            if (bits < 64) {
                String wide = type.charAt(0) + "" + 2 * bits;
                add.to("mul.wide." + type + " %d, %a, %b;", wide + t2, (a, b, c) -> a.multiply(b));
                add.to(
                        "mad.wide." + type + " %d, %a, %b, %c;",
                        wide + t2 + " " + wide,
                        (a, b, c) -> a.multiply(b).add(c));
            }
            if (type.startsWith("s")) {
                add.to("neg." + type + " %d, %a;", type + " " + type, (a, b, c) -> a.negate());
                add.to("abs." + type + " %d, %a;", type + " " + type, (a, b, c) -> a.abs());
            }
        }
        Forms.check(forms);
    }

    @FunctionalInterface
    private interface Adder {
        void to(String code, String types, Form.Whole model);
    }

    @Test
    void carriesAndDotProducts() {
        Forms.check(
                List.of(
                        Form.whole(
                                "add.cc.u32 %d, %a, %b; addc.u32 %d, %c, 0;",
                                "u32 u32 u32 u32", (a, b, c) -> a.add(b).shiftRight(32).add(c)),
                        Form.whole(
                                "sub.cc.u32 %d, %a, %b; subc.u32 %d, %c, 0;",
                                "u32 u32 u32 u32",
                                (a, b, c) -> c.subtract(truth(a.compareTo(b) < 0))),
                        Form.whole(
                                "mad.lo.cc.u32 %d, %a, %b, %c; madc.hi.u32 %d, %a, %b, 0;",
                                "u32 u32 u32 u32",
                                (a, b, c) -> a.multiply(b).add(c).shiftRight(32)),
                        Form.whole(
                                "add.cc.u64 %d, %a, %b; addc.u64 %d, %c, 0;",
                                "u64 u64 u64 u64", (a, b, c) -> a.add(b).shiftRight(64).add(c)),
                        new Form(
                                "dp4a.s32.s32 %d, %a, %b, %c;",
                                "s32 s32 s32 s32", OpcodesTest::dot),
                        Form.whole(
                                "add.sat.s32 %d, %a, %b;",
                                "s32 s32 s32",
                                (a, b, c) ->
                                        a.add(b)
                                                .min(BigInteger.valueOf(Integer.MAX_VALUE))
                                                .max(BigInteger.valueOf(Integer.MIN_VALUE)))));
    }

    private static long dot(long a, long b, long c) {
        int sum = (int) c;
        for (int i = 0; i < 32; i += 8) {
            sum += (byte) (a >> i) * (byte) (b >> i);
        }
        return sum;
    }

    @Test
    void bits() {
        List<Form> forms = new ArrayList<>();
        for (String type : List.of("b16", "b32", "b64")) {
            int bits = Form.bits(type);
            String t2 = (" " + type).repeat(2);
            forms.add(new Form("and." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a & b));
            forms.add(new Form("or." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a | b));
            forms.add(new Form("xor." + type + " %d, %a, %b;", type + t2, (a, b, c) -> a ^ b));
            forms.add(new Form("not." + type + " %d, %a;", type + " " + type, (a, b, c) -> ~a));
            forms.add(
                    new Form(
                            "shl." + type + " %d, %a, %b;",
                            type + " " + type + " b32",
                            (a, b, c) -> (b & 0xffffffffL) >= bits ? 0 : a << b));
        }
        forms.add(new Form("popc.b32 %d, %a;", "b32 b32", (a, b, c) -> Integer.bitCount((int) a)));
        forms.add(new Form("popc.b64 %d, %a;", "b32 b64", (a, b, c) -> Long.bitCount(a)));
        forms.add(
                new Form(
                        "clz.b32 %d, %a;",
                        "b32 b32", (a, b, c) -> Integer.numberOfLeadingZeros((int) a)));
        forms.add(
                new Form("clz.b64 %d, %a;", "b32 b64", (a, b, c) -> Long.numberOfLeadingZeros(a)));
        forms.add(new Form("brev.b32 %d, %a;", "b32 b32", (a, b, c) -> Integer.reverse((int) a)));
        forms.add(new Form("brev.b64 %d, %a;", "b64 b64", (a, b, c) -> Long.reverse(a)));
        forms.add(
                new Form(
                        "bfind.u32 %d, %a;",
                        "b32 b32", (a, b, c) -> 31 - Integer.numberOfLeadingZeros((int) a)));
        forms.add(new Form("bfe.u32 %d, %a, 5, 9;", "b32 b32", (a, b, c) -> (int) a >>> 5 & 0x1ff));
        forms.add(new Form("bfe.s32 %d, %a, 5, 9;", "b32 b32", (a, b, c) -> (int) a << 18 >> 23));
        forms.add(
                new Form(
                        "bfi.b32 %d, %a, %b, 4, 8;",
                        "b32 b32 b32", (a, b, c) -> b & ~0xff0L | (a & 0xff) << 4));
        forms.add(
                new Form(
                        "lop3.b32 %d, %a, %b, %c, 0xe8;",
                        "b32 b32 b32 b32", (a, b, c) -> a & b | a & c | b & c));
        forms.add(
                new Form(
                        "prmt.b32 %d, %a, %b, 0x7a41;",
                        "b32 b32 b32",
                        (a, b, c) ->
                                a >> 8 & 0xff
                                        | (b & 0xff) << 8
                                        | ((a >> 16 & 0x80) != 0 ? 0xff0000 : 0)
                                        | (b >> 24 & 0xff) << 24));
        forms.add(
                new Form(
                        "shf.l.wrap.b32 %d, %a, %b, %c;",
                        "b32 b32 b32 b32",
                        (a, b, c) -> ((b << 32 | a & 0xffffffffL) << (c & 31)) >>> 32));
        forms.add(
                new Form(
                        "shf.r.wrap.b32 %d, %a, %b, %c;",
                        "b32 b32 b32 b32", (a, b, c) -> (b << 32 | a & 0xffffffffL) >>> (c & 31)));
        forms.add(
                new Form(
                        "mov.b64 {%t, %z}, %a; mov.b64 %d, {%z, %t};",
                        "b64 b64", (a, b, c) -> Long.rotateLeft(a, 32)));
        Forms.check(forms);
    }
}
