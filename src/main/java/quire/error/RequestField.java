package quire.error;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A field of a request within a sentence that is still to be spelled: {@code max_tokens} for who
 * asks over HTTP, {@code maxTokens} for a Java program.
 */
public final class RequestField {

    // As those of Setting, and others.
    private static final char BEFORE = '\u0004';
    private static final char AFTER = '\u0005';
    private static final Pattern MARKED = Pattern.compile(BEFORE + "([a-z_.]+)" + AFTER);
    private static final Pattern NEXT_WORD = Pattern.compile("_([a-z])");

    private RequestField() {}

    /**
     * A field within a sentence of a {@link QuireException}.
     *
     * @param wireName as in a body over HTTP
     */
    public static String named(String wireName) {
        return BEFORE + wireName + AFTER;
    }

    static String spelledOverHttp(String sentence) {
        return MARKED.matcher(sentence).replaceAll("$1");
    }

    static String spelledInJava(String sentence) {
        return MARKED.matcher(sentence)
                .replaceAll(found -> Matcher.quoteReplacement(javaName(found.group(1))));
    }

    private static String javaName(String wireName) {
        return NEXT_WORD.matcher(wireName).replaceAll(next -> next.group(1).toUpperCase());
    }
}
