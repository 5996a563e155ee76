package quire.template.syntax;

/**
 * One token of a template.
 *
 * @param type its class
 * @param text the operator, the name, the template data or the unescaped string
 * @param value the literal's value for strings, integers and floats, otherwise the text
 * @param line where it starts, from 1
 */
record Token(Type type, String text, Object value, int line) {

    /** Classes of tokens, with the words that error messages use for them. */
    enum Type {
        DATA("template data / text"),
        VARIABLE_BEGIN("begin of print statement"),
        VARIABLE_END("end of print statement"),
        BLOCK_BEGIN("begin of statement block"),
        BLOCK_END("end of statement block"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        FLOAT("float"),
        OPERATOR("operator"),
        END("end of template");

        private final String words;

        Type(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    boolean is(Type other) {
        return type == other;
    }

    boolean isOperator(String operator) {
        return type == Type.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return type == Type.NAME && text.equals(name);
    }

    /** How an error message shows the token. */
    String describe() {
        return type == Type.NAME || type == Type.OPERATOR ? text : type.words();
    }
}
