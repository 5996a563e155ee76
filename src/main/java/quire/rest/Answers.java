package quire.rest;

import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.BiFunction;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import quire.batcher.Batcher;

/** Runs a plan and answers it; a client that goes away cancels it. */
@Singleton
final class Answers {

    private final Batcher batcher;

    @Inject
    Answers(Batcher batcher) {
        this.batcher = batcher;
    }

    /**
     * The answer once it can be given: at the first output of a stream, or as one body at the end.
     * To be called on the thread of the request.
     *
     * @param body makes the body of what was collected
     */
    Uni<Response> answer(
            GenerationPlan plan,
            ChunkFormat.Kind kind,
            BiFunction<List<WholeAnswer.Choice>, TokenUsage, Object> body) {
        ServerHttpResponse response = CurrentRequestManager.get().serverResponse();
        RunningAnswer running = new RunningAnswer(batcher, plan, response::closed);
        Uni<Response> answer =
                plan.streaming() == GenerationPlan.Streaming.OFF
                        ? Uni.createFrom()
                                .<Object>emitter(
                                        emitter ->
                                                running.start(
                                                        new WholeAnswer<>(
                                                                plan.numChoices(), body, emitter)))
                                .map(
                                        entity ->
                                                Response.ok(entity, MediaType.APPLICATION_JSON_TYPE)
                                                        .build())
                        : Uni.createFrom()
                                .emitter(
                                        emitter ->
                                                running.start(
                                                        new EventStream(
                                                                plan,
                                                                kind,
                                                                running::cancel,
                                                                emitter)));
        return answer.onCancellation().invoke(running::cancel);
    }
}
