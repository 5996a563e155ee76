package quire.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * SentencePiece's own way with a text, written down as directly as possible: join the two
 * neighbours whose union has the best score, the leftmost of equals, until none is a piece.
 */
final class SentencePieceOracle {

    private final Map<String, Integer> pieces = new HashMap<>();
    private final Map<String, Integer> all = new HashMap<>();
    private final double[] scores;

    SentencePieceOracle(GgufVocabulary vocabulary) {
        scores = vocabulary.scores();
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            all.put(vocabulary.tokens().get(id), id);
            if (vocabulary.types()[id] == GgufVocabulary.NORMAL) {
                pieces.put(vocabulary.tokens().get(id), id);
            }
        }
    }

    /** The ids of a text without control tokens in it. */
    int[] encode(String text) {
        List<String> parts = new ArrayList<>();
        String escaped = text.isEmpty() ? "" : "\u2581" + text.replace(' ', '\u2581');
        escaped.codePoints().forEach(c -> parts.add(Character.toString(c)));
        int best = best(parts);
        while (best >= 0) {
            parts.set(best, parts.get(best) + parts.remove(best + 1));
            best = best(parts);
        }
        List<Integer> ids = new ArrayList<>();
        for (String part : parts) {
            if (pieces.containsKey(part)) {
                ids.add(pieces.get(part));
                continue;
            }
            for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
                ids.add(all.get("<0x%02X>".formatted(b)));
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private int best(List<String> parts) {
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int i = 0; i + 1 < parts.size(); i++) {
            Integer id = pieces.get(parts.get(i) + parts.get(i + 1));
            if (id != null && scores[id] > bestScore) {
                best = i;
                bestScore = scores[id];
            }
        }
        return best;
    }
}
