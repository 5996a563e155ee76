package quire.cli.talk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.Message;

/** What was said so far, and what the model is told before it. One thread. */
final class Conversation {

    private Optional<String> system;
    private final List<Message> messages = new ArrayList<>();

    Conversation(Optional<String> system) {
        this.system = system;
    }

    Optional<String> system() {
        return system;
    }

    void setSystem(Optional<String> text) {
        system = text;
    }

    void add(Message message) {
        messages.add(message);
    }

    /** Forgets what was said, and not what the model is told before it. */
    void clear() {
        messages.clear();
    }

    int size() {
        return messages.size();
    }

    /** All of it, with a message that is not in it yet. */
    List<Message> with(Message next) {
        List<Message> all = messages();
        all.add(next);
        return all;
    }

    /** All of it, a new list. */
    List<Message> messages() {
        List<Message> all = new ArrayList<>();
        system.map(Message::system).ifPresent(all::add);
        all.addAll(messages);
        return all;
    }

    /** Becomes another one. */
    void replace(List<Message> all) {
        boolean told = !all.isEmpty() && all.getFirst().role().equals("system");
        system = told ? Optional.of(all.getFirst().text()) : Optional.empty();
        messages.clear();
        messages.addAll(told ? all.subList(1, all.size()) : all);
    }
}
