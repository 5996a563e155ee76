package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.Grid;

/** What the copy engine and tensor cores see of shared memory and of registers, and when. */
class ProxyTest extends ReportedTests {
    private static final Grid BLOCK = Grid.row(1, 128);

    private static final String BULK_STORE =
            """
            mov.u32 %r0, room; mad.lo.u32 %r1, %t, 4, %r0; BEFORE
            st.shared.u32 [%r1], %t; AFTER
            bar.sync 0;
            MET
            @%first cp.async.bulk.global.shared::cta.bulk_group [%m], [%r0], 512;
            @%first cp.async.bulk.commit_group; @%first cp.async.bulk.wait_group.read 0;
            """;

    private static final String BULK_LOAD =
            """
            mov.u32 %r0, room; mad.lo.u32 %r1, %t, 4, %r0;
            @%first mbarrier.init.shared.b64 [room+4096], 1;
            @%first fence.mbarrier_init.release.cluster;
            STORE
            bar.sync 0;
            @%first mbarrier.arrive.expect_tx.shared.b64 %n, [room+4096], 512;
            @%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r0], [%m], 512, [room+4096];
            waits: mbarrier.try_wait.parity.shared.b64 %q, [room+4096], 0; @!%q bra waits;
            ld.shared.u32 %r2, [%r1];
            """;

    /** Operands are room and the 256 bytes 2 KiB behind it. */
    private static final String WGMMA =
            """
            mov.u32 %r0, room; mad.lo.u32 %r1, %t, 32, %r0; mov.u32 %r2, 0;
            st.shared.v4.u32 [%r1], {%r2, %r2, %r2, %r2};
            st.shared.v4.u32 [%r1+16], {%r2, %r2, %r2, %r2}; PROXY
            bar.sync 0;
            shr.u32 %r2, %r0, 4; cvt.u64.u32 %n, %r2; or.b64 %n, %n, 0x1000080000; add.u64 %k, %n, 128;
            mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0; mov.f32 %f2, %f0; mov.f32 %f3, %f0;
            BEFORE
            FENCE
            AFTER
            wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f0,%f1,%f2,%f3}, %n, %k, 1, 1, 1, 0, 0;
            wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;
            add.f32 %f4, %f0, %f1;
            """;

    private static String text(String cell) {
        return cell == null ? "" : cell;
    }

    @ParameterizedTest
    @CsvSource({
        ",fence.proxy.async.shared::cta;,",
        ",fence.proxy.async;,",
        ",,@%first fence.proxy.async.shared::cta;",
    })
    void aBulkStoreTakesWhatAFenceHasShown(String before, String after, String met) {
        for (String schedule : new String[] {"forward", "reverse", "7", "8"}) {
            int[] memory =
                    reports.with("SCHEDULE", schedule, "RACES", "1")
                            .silent(store(before, after, met), BLOCK);
            assertArrayEquals(IntStream.range(0, 128).toArray(), Arrays.copyOf(memory, 128));
        }
    }

    @ParameterizedTest
    @CsvSource({",,", "fence.proxy.async;,,", ",membar.gl;,", ",@%first fence.proxy.async;,"})
    void aBulkStoreOfWhatNoFenceHasShownIsTold(String before, String after, String met) {
        for (String schedule : new String[] {"forward", "reverse", "7", "8"}) {
            JsonNode report =
                    reports.with("SCHEDULE", schedule, "RACES", "1")
                            .of(store(before, after, met), BLOCK);
            assertEquals("proxy-fence", report.get("kind").asText(), report::toString);
            assertTrue(report.get("ptx").asText().contains("cp.async.bulk.global"));
            assertTrue(report.get("message").asText().contains("line 14,"), report::toString);
        }
    }

    private static String store(String before, String after, String met) {
        return BULK_STORE
                .replace("BEFORE", text(before))
                .replace("AFTER", text(after))
                .replace("MET", text(met));
    }

    @Test
    void aBulkLoadOverAStoreWantsAFenceToo() {
        reports.with("RACES", "1");
        String stores = "st.shared.u32 [%r1], %t;";
        JsonNode report = reports.of(BULK_LOAD.replace("STORE", stores), BLOCK);
        assertEquals("proxy-fence", report.get("kind").asText(), report::toString);
        reports.silent(BULK_LOAD.replace("STORE", stores + " fence.proxy.async;"), BLOCK);
        reports.silent(BULK_LOAD.replace("STORE", ""), BLOCK);
    }

    @Test
    void sharedMemoryThatABulkStoreStillReadsMustNotChange() {
        String code =
                store("", "fence.proxy.async;", "")
                                .replace(
                                        "@%first cp.async.bulk.wait_group.read 0;",
                                        "WAIT bar.sync 0;")
                        + "mov.u32 %r2, 99; st.shared.u32 [%r1], %r2; bar.sync 0; %first0";
        String late = code.replace("%first0", "@%first cp.async.bulk.wait_group.read 0;");
        JsonNode report = reports.of(late.replace("WAIT", ""), BLOCK);
        assertEquals("copy", report.get("kind").asText(), report::toString);
        reports.silent(late.replace("WAIT", "@%first cp.async.bulk.wait_group.read 0;"), BLOCK);
    }

    @Test
    void wgmmaReadsWhatAFenceHasShown() {
        reports.with("RACES", "1");
        JsonNode report = reports.of(multiply("", "", FENCE, ""), BLOCK);
        assertEquals("proxy-fence", report.get("kind").asText(), report::toString);
        for (String schedule : new String[] {"forward", "7"}) {
            reports.with("RACES", "1", "SCHEDULE", schedule);
            reports.silent(multiply("fence.proxy.async;", "", FENCE, ""), BLOCK);
        }
    }

    private static final String FENCE = "wgmma.fence.sync.aligned;";

    private static String multiply(String proxy, String before, String fence, String after) {
        return WGMMA.replace("PROXY", proxy)
                .replace("BEFORE", before)
                .replace("FENCE", fence)
                .replace("AFTER", after);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add.f32 %f1, %f1, %f0;",
                "ld.shared.f32 %f3, [room];",
                "add.f32 %f9, %f1, %f0; mov.f32 %f10, %f9; mov.f32 %f2, %f10;",
            })
    void registersOfWgmmaThatWereWrittenWantAFence(String write) {
        JsonNode report = reports.of(multiply("", "", FENCE, write), BLOCK);
        assertEquals("wgmma", report.get("kind").asText(), report::toString);
        assertTrue(report.get("message").asText().contains("line 21 wrote"), report::toString);
        reports.silent(multiply("", write, FENCE, ""), BLOCK);
    }

    @Test
    void theFirstWgmmaWantsAFence() {
        JsonNode report = reports.of(multiply("", "", "", ""), BLOCK);
        assertEquals("wgmma", report.get("kind").asText(), report::toString);
        reports.silent(multiply("", "", FENCE, "mov.f32 %f1, %f5;"), BLOCK);
    }
}
