package quire.generation;

import java.util.List;
import java.util.Optional;

/** A request inside the engine: its choices and the way to end them. */
public final class Generation {

    private final String id;
    private final int numPromptTokens;
    private final GenerationListener listener;
    private final EngineLoop loop;
    private List<Choice> choices = List.of();
    private Optional<BeamSearch> search = Optional.empty();
    private boolean waiting = true;

    Generation(String id, int numPromptTokens, GenerationListener listener, EngineLoop loop) {
        this.id = id;
        this.numPromptTokens = numPromptTokens;
        this.listener = listener;
        this.loop = loop;
    }

    /** Names the request in logs. */
    public String id() {
        return id;
    }

    /** Tokens of the prompt. */
    public int numPromptTokens() {
        return numPromptTokens;
    }

    /**
     * Prompt tokens of the first choice that the prefix cache gave. Final once the listener heard
     * something; call it on the engine's executor.
     */
    public int numCachedTokens() {
        return choices.getFirst().sequence().numCachedTokens();
    }

    /**
     * Ends all choices that still run and frees their KV blocks by the next step; the listener
     * hears nothing more. Any thread; a second call does nothing.
     */
    public void cancel() {
        loop.cancel(this);
    }

    /** A guide knows what its choice waits for. Any thread. */
    void called(Choice choice) {
        loop.called(choice);
    }

    void choices(List<Choice> theChoices) {
        choices = theChoices;
    }

    List<Choice> choices() {
        return choices;
    }

    /** It is the first round of a search, and stands for all of it. */
    void searches(BeamSearch theSearch) {
        search = Optional.of(theSearch);
    }

    /** The search that it stands for, if it does. */
    Optional<BeamSearch> search() {
        return search;
    }

    GenerationListener listener() {
        return listener;
    }

    /** True once, for the call that takes the request out of the count of waiting ones. */
    boolean leaveQueue() {
        boolean was = waiting;
        waiting = false;
        return was;
    }
}
