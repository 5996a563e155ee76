package quire.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import quire.ops.RopeTable;
import quire.ops.RopeTable.Pairing;
import quire.ops.reference.ReferenceOps;

class RopeFrequenciesTest {

    private static RopeFrequencies of(int rotaryDim, double theta, RopeScaling scaling) {
        return RopeFrequencies.of(new RopeConfig(rotaryDim, theta, scaling, Pairing.HALVES), 4096);
    }

    @Test
    void unscaledFrequenciesFallGeometrically() {
        RopeFrequencies frequencies = of(8, 10000, new RopeScaling.None());
        assertArrayEquals(new float[] {1, 0.1f, 0.01f, 0.001f}, frequencies.inverse(), 1e-9f);
        assertEquals(1, frequencies.attentionFactor());
    }

    @Test
    void linearScalingDividesThemAll() {
        assertArrayEquals(
                new float[] {0.25f, 0.025f, 0.0025f, 0.00025f},
                of(8, 10000, new RopeScaling.Linear(4)).inverse(),
                1e-9f);
    }

    @Test
    void llama3KeepsFastOnesDividesSlowOnesAndMixesBetween() {
        // Wavelengths 2π * (1, 10, 100, 1000) against 64 / 4 = 16 and 64 / 1 = 64.
        float[] scaled = of(8, 10000, new RopeScaling.Llama3(8, 1, 4, 64)).inverse();
        double smooth = (64 / (2 * Math.PI * 10) - 1) / 3;
        double mixed = (1 - smooth) * 0.1 / 8 + smooth * 0.1;
        assertArrayEquals(new float[] {1, (float) mixed, 0.01f / 8, 0.001f / 8}, scaled, 1e-8f);
    }

    @Test
    void yarnKeepsFastOnesDividesSlowOnesAndRampsBetween() {
        // Pairs that turn 32 times and once in 4096 positions, of 32 pairs at base 10000.
        RopeScaling.Yarn yarn = new RopeScaling.Yarn(4, 4096, 1.25, 32, 1, true);
        float[] unscaled = of(64, 10000, new RopeScaling.None()).inverse();
        RopeFrequencies scaled = of(64, 10000, yarn);
        int low = (int) Math.floor(64 * Math.log(4096 / (64 * Math.PI)) / (2 * Math.log(10000)));
        int high = (int) Math.ceil(64 * Math.log(4096 / (2 * Math.PI)) / (2 * Math.log(10000)));
        assertEquals(10, low);
        assertEquals(23, high);
        for (int i = 0; i < 32; i++) {
            double ramp = Math.clamp((i - low) / (double) (high - low), 0.0, 1.0);
            double expected = unscaled[i] * (1 - ramp) + unscaled[i] / 4 * ramp;
            assertEquals(expected, scaled.inverse()[i], 1e-6 * expected, "pair " + i);
        }
        assertEquals(1.25f, scaled.attentionFactor());
    }

    @Test
    void yarnWithoutTruncationRampsBetweenRealBounds() {
        RopeScaling.Yarn yarn = new RopeScaling.Yarn(4, 4096, 1, 32, 1, false);
        float[] unscaled = of(64, 10000, new RopeScaling.None()).inverse();
        double low = 64 * Math.log(4096 / (64 * Math.PI)) / (2 * Math.log(10000));
        double high = 64 * Math.log(4096 / (2 * Math.PI)) / (2 * Math.log(10000));
        double ramp = (15 - low) / (high - low);
        assertEquals(
                unscaled[15] * (1 - ramp) + unscaled[15] / 4 * ramp,
                of(64, 10000, yarn).inverse()[15],
                1e-8);
    }

    @Test
    void longRopeDividesByTheSetThatTheLongestSequenceNeeds() {
        RopeConfig rope =
                new RopeConfig(
                        8,
                        10000,
                        new RopeScaling.LongRope(
                                List.of(1.0, 2.0, 4.0, 8.0), List.of(2.0, 4.0, 8.0, 16.0), 64, 1.5),
                        Pairing.HALVES);
        float[] within = {1, 0.05f, 0.0025f, 0.000125f};
        float[] beyond = {0.5f, 0.025f, 0.00125f, 0.0000625f};
        assertArrayEquals(within, RopeFrequencies.of(rope, 1).inverse(), 1e-9f);
        assertArrayEquals(within, RopeFrequencies.of(rope, 64).inverse(), 1e-9f);
        assertArrayEquals(beyond, RopeFrequencies.of(rope, 65).inverse(), 1e-9f);
        assertEquals(1.5f, RopeFrequencies.of(rope, 64).attentionFactor());
        assertEquals(1.5f, RopeFrequencies.of(rope, 65).attentionFactor());
    }

    /** Pairs 0, 1, 7, 24 and 47 of {@code _compute_longrope_parameters} in transformers 5.24. */
    @Test
    void phiTurnsAsInTransformers() {
        assertTurns(
                "Phi-3.5-mini-instruct",
                new float[] {1, 0.80921978f, 0.2485864f, 0.0050251265f, 4.2659427e-05f},
                new float[] {
                    0.92592591f, 0.74360728f, 0.099624313f, 0.00019864917f, 1.8684879e-06f
                });
        assertTurns(
                "Phi-4-mini-instruct",
                new float[] {1, 0.82540417f, 0.26101571f, 0.0099999998f, 0.00012115275f},
                new float[] {1, 0.73807466f, 0.11931697f, 0.0006829793f, 2.5361680e-06f});
    }

    private static void assertTurns(String name, float[] within, float[] beyond) {
        Path file = Path.of("src/test/resources/fixtures/configs", name + ".json");
        RopeConfig rope = ModelConfig.read(file, "").rope();
        int[] pairs = {0, 1, 7, 24, 47};
        for (int i = 0; i < pairs.length; i++) {
            RopeFrequencies few = RopeFrequencies.of(rope, 4096);
            RopeFrequencies many = RopeFrequencies.of(rope, 4097);
            assertEquals(48, few.inverse().length);
            assertEquals(within[i], few.inverse()[pairs[i]], 2e-7f * within[i]);
            assertEquals(beyond[i], many.inverse()[pairs[i]], 2e-7f * beyond[i]);
            assertEquals(1.1902380714238083, many.attentionFactor(), 1e-7);
        }
    }

    @Test
    void factorsDividePairByPair() {
        RopeFrequencies divided =
                of(8, 10000, new RopeScaling.None()).dividedBy(new float[] {1, 2, 4, 8});
        assertArrayEquals(new float[] {1, 0.05f, 0.0025f, 0.000125f}, divided.inverse(), 1e-9f);
        assertThrows(IllegalArgumentException.class, () -> divided.dividedBy(new float[3]));
    }

    @Test
    void theTableHoldsCosinesThenSinesTimesTheAttentionFactor() {
        try (ReferenceOps ops = new ReferenceOps()) {
            RopeFrequencies frequencies = new RopeFrequencies(new float[] {1, 0.5f}, 2);
            RopeTable table = frequencies.table(ops, 3, Pairing.NEIGHBOURS);
            assertEquals(4, table.rotaryDim());
            assertEquals(Pairing.NEIGHBOURS, table.pairing());
            float[] values = ops.host(table.cosSin(), 3).data().toArray(ValueLayout.JAVA_FLOAT);
            assertArrayEquals(
                    new float[] {
                        2,
                        2,
                        0,
                        0,
                        (float) (2 * Math.cos(1)),
                        (float) (2 * Math.cos(0.5)),
                        (float) (2 * Math.sin(1)),
                        (float) (2 * Math.sin(0.5)),
                        (float) (2 * Math.cos(2)),
                        (float) (2 * Math.cos(1)),
                        (float) (2 * Math.sin(2)),
                        (float) (2 * Math.sin(1))
                    },
                    values,
                    1e-6f);
        }
    }

    @Test
    void aLongTableHasEveryPosition() {
        try (ReferenceOps ops = new ReferenceOps()) {
            RopeFrequencies frequencies = new RopeFrequencies(new float[] {1}, 1);
            for (int positions : new int[] {1023, 1024, 1025, 2500}) {
                RopeTable table = frequencies.table(ops, positions, Pairing.HALVES);
                assertEquals(positions, table.cosSin().rows());
                float[] values =
                        ops.host(table.cosSin(), positions).data().toArray(ValueLayout.JAVA_FLOAT);
                for (int p = 0; p < positions; p++) {
                    assertEquals((float) Math.cos(p), values[2 * p], "position " + p);
                    assertEquals((float) Math.sin(p), values[2 * p + 1], "position " + p);
                }
            }
        }
    }
}
