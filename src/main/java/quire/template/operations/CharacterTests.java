package quire.template.operations;

import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import quire.template.values.Run;
import quire.template.values.Strings;

/** The {@code is...} methods of Python's {@code str}. */
public final class CharacterTests {

    private CharacterTests() {}

    static void addTo(Map<String, Method> methods) {
        methods.put("isdigit", every("isdigit", CharacterTests::isDigit));
        methods.put("isdecimal", every("isdecimal", Character::isDigit));
        methods.put("isnumeric", every("isnumeric", CharacterTests::isNumeric));
        methods.put("isalpha", every("isalpha", Character::isLetter));
        methods.put(
                "isalnum",
                every("isalnum", c -> Character.isLetter(c) || isNumeric(c) || isDigit(c)));
        methods.put("isspace", every("isspace", Strings::isSpace));
        methods.put("isupper", whole("isupper", CharacterTests::isUpper));
        methods.put("islower", whole("islower", CharacterTests::isLower));
        methods.put("istitle", whole("istitle", CharacterTests::isTitle));
        methods.put("isascii", whole("isascii", s -> s.chars().allMatch(c -> c < 128)));
        methods.put(
                "isprintable",
                whole("isprintable", s -> s.codePoints().allMatch(Strings::isPrintable)));
        methods.put("isidentifier", whole("isidentifier", CharacterTests::isIdentifier));
    }

    private static Method every(String name, IntPredicate passes) {
        return whole(name, text -> !text.isEmpty() && text.codePoints().allMatch(passes));
    }

    private static Method whole(String name, Predicate<String> passes) {
        return (run, self, args) -> {
            args.bind(name, 0);
            String text = Strings.text(self);
            run.charge(text.length() >> 1);
            return passes.test(text);
        };
    }

    public static boolean isUpper(Run run, String text) {
        run.charge(text.length() >> 1);
        return isUpper(text);
    }

    public static boolean isLower(Run run, String text) {
        run.charge(text.length() >> 1);
        return isLower(text);
    }

    private static boolean isUpper(String text) {
        return Strings.allCased(text, Character::isUpperCase);
    }

    private static boolean isLower(String text) {
        return Strings.allCased(text, Character::isLowerCase);
    }

    private static boolean isTitle(String text) {
        boolean any = false;
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean lower = Character.isLowerCase(c);
            if (Strings.isCased(c) && lower != inWord) {
                return false;
            }
            inWord = Strings.isCased(c);
            any |= inWord;
        }
        return any;
    }

    private static boolean isDigit(int c) {
        boolean superscript =
                c == 0xb2
                        || c == 0xb3
                        || c == 0xb9
                        || c == 0x2070
                        || c >= 0x2074 && c <= 0x2079
                        || c >= 0x2080 && c <= 0x2089;
        return Character.isDigit(c) || superscript;
    }

    private static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return isDigit(c) || type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
    }

    private static boolean isIdentifier(String text) {
        if (text.isEmpty()) {
            return false;
        }
        int first = text.codePointAt(0);
        return (first == '_' || Character.isUnicodeIdentifierStart(first))
                && text.codePoints()
                        .allMatch(
                                c ->
                                        Character.isUnicodeIdentifierPart(c)
                                                && !Character.isIdentifierIgnorable(c));
    }
}
