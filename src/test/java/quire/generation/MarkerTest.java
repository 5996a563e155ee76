package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MarkerTest {

    @Test
    void markerWithoutTokensIsFoundAtOnce() {
        assertTrue(new Marker().isFound());
    }

    @Test
    void markerIsFoundWithItsLastTokenWhereverItBeginsAndHoweverOftenItBegan() {
        Random random = new Random(17);
        for (int round = 0; round < 2000; round++) {
            int[] marker = random.ints(1 + random.nextInt(5), 0, 2).toArray();
            int[] tokens = random.ints(20, 0, 2).toArray();
            int expected =
                    IntStream.rangeClosed(0, tokens.length - marker.length)
                            .filter(at -> isAt(marker, tokens, at))
                            .map(at -> at + marker.length)
                            .findFirst()
                            .orElse(tokens.length + 1);
            Marker looking = new Marker(marker);
            int numRead = 0;
            while (numRead < tokens.length && !looking.isFound()) {
                assertEquals(numRead + 1 == expected, looking.read(tokens[numRead++]));
            }
            assertEquals(Math.min(expected, tokens.length), numRead);
        }
    }

    private static boolean isAt(int[] marker, int[] tokens, int at) {
        return Arrays.equals(marker, 0, marker.length, tokens, at, at + marker.length);
    }
}
