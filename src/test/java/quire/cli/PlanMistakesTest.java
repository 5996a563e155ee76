package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What nobody should type after {@code quire plan}: one sentence with what would do. */
class PlanMistakesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--context 0 | 1 | --context 0 is not a whole number from 1 to",
                "--context -1 | 1 | --context -1 is not a whole number from 1 to",
                "--context 1e9 | 1 | --context 1000000000 is more than the 4096 tokens that",
                "--context 1M | 1 | --context 1048576 is more than the 4096 tokens that",
                "--context 99999999999G | 1 | --context 99999999999G is not a whole number",
                "--context 1e300 | 1 | --context 1e300 is not a whole number",
                "--context NaN | 1 | --context 'NaN' is not a number such as 4096",
                "--sequences 0 | 1 | --sequences 0 is not a whole number from 1 to 65536",
                "--sequences -3 | 1 | --sequences -3 is not a whole number from 1 to 65536",
                "--sequences 1.5 | 1 | --sequences 1.5 is not a whole number from 1 to 65536",
                "--sequences 65537 | 1 | --sequences 65537 is not a whole number from 1 to 65536",
                "--gpu H100x0 | 1 | `'H100x0' is 0 GPUs; one model is shared by 1 to 1024 of`",
                "--gpu H100x1000000 | 1 | `'H100x1000000' is 1000000 GPUs; one model is`",
                "--gpu H200xx | 1 | unknown GPU 'H200xx'; did you mean H200? Known are",
                "--gpu x8 | 1 | unknown GPU 'x8'. Known are T4,",
                "--gpu MI300X | 1 | unknown GPU 'MI300X'",
                "--gpu H100x-2 | 1 | unknown GPU 'H100x-2'",
                "--kv-cache-dtype fp8 | 1 | --kv-cache-dtype 'fp8' is not bfloat16, float16 or",
                "--table --gpu H100 | 2 | --table is about models of its own; leave MODEL, --gpu,",
                "--table --sequences 3 | 2 | --table is about models of its own; leave MODEL,",
                "--table --kv-cache-dtype float16 | 2 | --table is about models of its own;",
                "a b | 2 | unexpected argument 'b'; 'quire plan --help' says what it takes"
            })
    void endsInASentenceThatNamesIt(String typed, int code, String sentence) {
        CommandLines.Said said =
                CommandLines.run(
                        Stream.concat(Stream.of("plan"), Stream.of(typed.split(" ")))
                                .toArray(String[]::new));
        assertEquals(code, said.code(), said.err());
        assertEquals("", said.out());
        assertTrue(said.err().startsWith("quire: " + sentence), said.err());
        assertEquals(1, said.err().lines().count());
    }

    @ParameterizedTest
    @CsvSource({"0.5K, 512", "1k, 1000", "4096, 4096", "1, 1"})
    void aContextIsWrittenAsTheServersIs(String typed, String tokens) {
        CommandLines.Said said = CommandLines.run("plan", "--context", typed);
        assertEquals(0, said.code(), said.err());
        assertTrue(said.out().contains(" for " + tokens + " tokens, "), said.out());
    }
}
