package quire.ops.cuda.driver;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Kernels of a few instructions for tests of what calls them, written by hand. */
final class SmallKernels {
    static final String PTX =
            """
            .version 7.0
            .target sm_80
            .address_size 64

            // add(float* values, int count, float more)
            .visible .entry add(.param .u64 values, .param .u32 count, .param .f32 more)
            {
                .reg .pred %p;
                .reg .b32 %r<5>;
                .reg .f32 %f<3>;
                .reg .b64 %d<4>;
                ld.param.u64 %d0, [values];
                ld.param.u32 %r0, [count];
                ld.param.f32 %f0, [more];
                mov.u32 %r1, %ctaid.x;
                mov.u32 %r2, %ntid.x;
                mov.u32 %r3, %tid.x;
                mad.lo.s32 %r4, %r1, %r2, %r3;
                setp.ge.s32 %p, %r4, %r0;
                @%p bra done;
                cvta.to.global.u64 %d1, %d0;
                mul.wide.s32 %d2, %r4, 4;
                add.s64 %d3, %d1, %d2;
                ld.global.f32 %f1, [%d3];
                add.f32 %f2, %f1, %f0;
                st.global.f32 [%d3], %f2;
            done:
                ret;
            }

            .visible .entry fail()
            {
                trap;
            }
            """;

    private SmallKernels() {}

    /** The PTX as the module {@code small}. */
    static KernelFiles files() {
        return of(Map.of("compute_80/small.ptx", PTX));
    }

    static KernelFiles of(Map<String, String> texts) {
        return name ->
                Optional.ofNullable(texts.get(name))
                        .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
