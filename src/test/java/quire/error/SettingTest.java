package quire.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.LLMBuilder;
import quire.engine.EngineConfig;
import quire.settings.Flags;

class SettingTest {

    private static final QuireException BOTH =
            new ConfigurationException(
                    "lower " + Setting.MAX_NUM_SEQUENCES + ", or raise " + Setting.BLOCK_SIZE);

    @Test
    void sentenceSpeaksOfTheConfigurationUnlessAskedOtherwise() {
        assertEquals("lower maxSequences, or raise blockSize", BOTH.getMessage());
        assertEquals("lower --max-num-seqs, or raise --block-size", BOTH.message(Flags::spelled));
    }

    @Test
    void whatIsNoSettingStays() {
        String odd = "a \u0002 b \u0003 $1 \\ --flag BLOCK_SIZE";
        assertEquals(odd, new CheckpointException(odd).message(Flags::spelled));
    }

    /** What a Java program reads is what it can set; the emulated card is for who builds Quire. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EMULATE")
    void javaNamesAreMethodsOfTheBuilder(Setting setting) {
        assertTrue(
                Arrays.stream(LLMBuilder.class.getMethods())
                        .anyMatch(method -> method.getName().equals(setting.javaName())),
                setting.javaName());
    }

    @ParameterizedTest
    @EnumSource
    void everySettingHasAFlag(Setting setting) {
        String flag = Flags.spelled(setting);
        assertTrue(Flags.find(flag.substring("--".length())).isPresent(), flag);
    }

    @Test
    void configurationThatCannotBeNamesItsComponent() {
        QuireException refusal = assertThrows(ConfigurationException.class, () -> withBlockSize(7));
        assertTrue(refusal.getMessage().startsWith("blockSize 7 "), refusal.getMessage());
        assertTrue(
                refusal.message(Flags::spelled).startsWith("--block-size 7 "),
                refusal.message(Flags::spelled));
    }

    private static EngineConfig withBlockSize(int blockSize) {
        return EngineConfig.builder(Path.of("model")).blockSize(blockSize).build();
    }
}
