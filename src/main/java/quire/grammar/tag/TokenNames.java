package quire.grammar.tag;

import java.util.HashMap;
import java.util.Map;

/** Finds what special tokens are called in texts, however many there are. */
final class TokenNames {

    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>();
        private boolean isName;
    }

    private final Node root = new Node();

    TokenNames(Iterable<String> names) {
        for (String name : names) {
            Node at = root;
            for (int i = 0; i < name.length(); i++) {
                at = at.next.computeIfAbsent(name.charAt(i), c -> new Node());
            }
            at.isName = at != root;
        }
    }

    /** Where the longest name ends that begins at a place; the place itself if none does. */
    int end(String text, int from) {
        int end = from;
        Node node = root;
        for (int at = from; at < text.length(); at++) {
            node = node.next.get(text.charAt(at));
            if (node == null) {
                break;
            }
            end = node.isName ? at + 1 : end;
        }
        return end;
    }
}
