package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pages of which people write the beginning and a test the rest. */
public final class WrittenPage {

    private WrittenPage() {}

    /**
     * Asserts that the rest is what it should be; with the property {@code quire.docs.write} it is
     * written before.
     *
     * @param mark ends what people write
     */
    public static void assertEndsWith(Path page, String mark, String rest) throws IOException {
        String expected = Files.readString(page).split(mark, 2)[0] + mark + rest;
        if (Boolean.getBoolean("quire.docs.write")) {
            Files.writeString(page, expected);
        }
        assertEquals(expected, Files.readString(page));
    }
}
