package quire.generation;

import java.util.List;
import quire.error.InvalidRequestException;

/** Makes the choices of a request; knows the model's tokenizer, limits and seed. */
public interface ChoiceFactory {

    /**
     * @throws InvalidRequestException if the request can never be served
     */
    void check(GenerationRequest request);

    /** The search that a request asks for. */
    BeamSearch search(Submission submission, BeamSearch.Rounds rounds);

    /** One choice for each of {@code params.n()}. */
    List<Choice> choices(GenerationRequest request, Generation generation, long nowNanos);
}
