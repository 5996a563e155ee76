package quire.sequence;

/** What stopped a sequence, where the request had named it. */
public sealed interface StopReason {

    /** As API answers carry it: the token's id or the text. */
    Object wireValue();

    /** A stop token. */
    record Token(int id) implements StopReason {

        @Override
        public Object wireValue() {
            return id;
        }
    }

    /** A stop string. */
    record Text(String text) implements StopReason {

        @Override
        public Object wireValue() {
            return text;
        }
    }
}
