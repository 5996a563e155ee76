package quire.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the scores of a SentencePiece vocabulary into merges.
 *
 * <p>SentencePiece joins the neighbours whose union has the best score, the leftmost of equals. A
 * list of merges, best union first, does the same: every way to halve a piece into two pieces is a
 * merge. Among pairs of one score the longer left half comes first, which is what "leftmost" leads
 * to where equals overlap, in runs of one character (as in transformers' {@code generate_merges}).
 */
final class SentencePieceMerges {

    /**
     * @param id that of the union; its score decides
     */
    record Merge(String left, String right, int id) {}

    private SentencePieceMerges() {}

    static List<Merge> of(GgufVocabulary vocabulary) {
        Map<String, Integer> pieces = HashMap.newHashMap(vocabulary.tokens().size());
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            if (isPiece(vocabulary.types()[id])) {
                pieces.put(vocabulary.tokens().get(id), id);
            }
        }
        List<Merge> merges = new ArrayList<>();
        pieces.forEach((piece, id) -> addHalves(piece, id, pieces, merges));
        double[] scores = vocabulary.scores();
        merges.sort(
                Comparator.comparingDouble((Merge merge) -> -scores[merge.id])
                        .thenComparingInt(merge -> -length(merge.left))
                        .thenComparingInt(merge -> -length(merge.right))
                        .thenComparingInt(Merge::id));
        return merges;
    }

    /** Text must never turn into a control token by merging, as long as it does not spell one. */
    private static boolean isPiece(int type) {
        return type != GgufVocabulary.CONTROL
                && type != GgufVocabulary.UNKNOWN
                && type != GgufVocabulary.BYTE;
    }

    private static void addHalves(
            String piece, int id, Map<String, Integer> pieces, List<Merge> merges) {
        int at = 0;
        while (at < piece.length()) {
            at += Character.charCount(piece.codePointAt(at));
            if (at == piece.length()) {
                return;
            }
            String left = piece.substring(0, at);
            String right = piece.substring(at);
            if (pieces.containsKey(left) && pieces.containsKey(right)) {
                merges.add(new Merge(left, right, id));
            }
        }
    }

    private static int length(String half) {
        return half.codePointCount(0, half.length());
    }
}
