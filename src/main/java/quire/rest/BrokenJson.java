package quire.rest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Words for bodies that cannot be read: what is wrong and where. The library's own speak of its
 * settings and classes, so that only what was typed is taken from them.
 */
final class BrokenJson {

    private static final String TRAILING = "Trailing token";
    private static final String EMPTY = "No content to map";

    /** What the library says of a character or a word, in front of its advice. */
    private static final Pattern CULPRIT =
            Pattern.compile(
                    "(?:Unexpected character|Unrecognized token|Non-standard token|Unexpected close"
                            + " marker|Unrecognized character escape) \\(?'([^']{1,80}).*",
                    Pattern.DOTALL);

    private static final Pattern DUPLICATE =
            Pattern.compile("Duplicate field '(.*)'.*", Pattern.DOTALL);

    private BrokenJson() {}

    /** The problem as OpenAI's API words it. */
    static ApiProblem problem(JacksonException error) {
        if (error instanceof InvalidNullException missing) {
            String field = String.valueOf(missing.getPropertyName());
            return problem("'" + field + "' has an entry that is null.", field);
        }
        if (error.getCause() instanceof JacksonException inner) {
            return problem(inner);
        }
        String message = String.valueOf(error.getOriginalMessage());
        if (error instanceof MismatchedInputException && message.startsWith(EMPTY)) {
            return problem("The body must be a JSON object, but is empty.", "");
        }
        return problem(
                "The body is not valid JSON: " + what(error, message) + where(error) + ".", "");
    }

    private static ApiProblem problem(String sentence, String param) {
        return ApiProblem.ofRequest(400, sentence, param, "");
    }

    private static String what(JacksonException error, String message) {
        if (error instanceof JsonEOFException) {
            return "it ends too early";
        }
        if (error instanceof StreamConstraintsException) {
            return limit(message);
        }
        if (message.startsWith(TRAILING)) {
            return "something follows behind its end";
        }
        if (message.startsWith("Invalid UTF-8")) {
            return "it is not text in UTF-8";
        }
        if (message.startsWith("Illegal unquoted character")) {
            return "a control character in a string has to be escaped";
        }
        if (message.startsWith("Invalid numeric value")) {
            return "a number is malformed";
        }
        Matcher duplicate = DUPLICATE.matcher(message);
        if (duplicate.matches()) {
            return "'" + StrictJson.shorten(duplicate.group(1)) + "' stands there twice";
        }
        Matcher culprit = CULPRIT.matcher(message);
        return culprit.matches()
                ? "'" + StrictJson.shorten(culprit.group(1)) + "' is not expected there"
                : "something is malformed";
    }

    private static String limit(String message) {
        StreamReadConstraints limits = StreamReadConstraints.defaults();
        if (message.contains("nesting depth")) {
            return "it is nested more than " + limits.getMaxNestingDepth() + " levels deep";
        }
        if (message.startsWith("Number")) {
            return "a number has more than " + limits.getMaxNumberLength() + " digits";
        }
        if (message.startsWith("Name")) {
            return "a name has more than " + limits.getMaxNameLength() + " characters";
        }
        return "a string has more than " + limits.getMaxStringLength() + " characters";
    }

    private static String where(JacksonException error) {
        JsonLocation at = error.getLocation();
        return at == null || at.getLineNr() < 1
                ? ""
                : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }
}
