package quire.cli.talk;

import java.util.List;
import quire.Message;

/** What is asked of a {@link Partner}. */
public sealed interface Question {

    /** The next message of a conversation. */
    record Chat(List<Message> conversation) implements Question {
        public Chat {
            conversation = List.copyOf(conversation);
        }
    }

    /** How a text goes on. */
    record Text(String text) implements Question {}
}
