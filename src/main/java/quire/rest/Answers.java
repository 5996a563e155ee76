package quire.rest;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.BiFunction;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import quire.batcher.ServingEngine;
import quire.settings.Settings;

/** Runs a plan and answers it; a client that goes away cancels it. */
@Singleton
final class Answers {

    private final ServingEngine serving;
    private final RequestLog log;

    @Inject
    Answers(ServingEngine serving, Settings settings) {
        this.serving = serving;
        this.log = new RequestLog(settings);
    }

    /**
     * What the answer's id is made of. To be called on the thread of the request.
     *
     * @param asked the body's wish, or null
     */
    String id(String asked) {
        return RequestIds.ofAnswer(CurrentRequestManager.get().unwrap(RoutingContext.class), asked);
    }

    /**
     * The answer once it can be given: at the first output of a stream or soon after it was
     * accepted, or as one body at the end. To be called on the thread of the request.
     *
     * @param body makes the body of what was collected
     */
    Uni<Response> answer(
            GenerationPlan plan,
            ChunkFormat.Kind kind,
            BiFunction<List<WholeAnswer.Choice>, TokenUsage, Object> body) {
        ResteasyReactiveRequestContext context = CurrentRequestManager.get();
        ServerHttpResponse response = context.serverResponse();
        OwedAnswers.accept(context.unwrap(RoutingContext.class));
        AnswerWatch watch = log.received(plan, serving.engine().tokenizer());
        RunningAnswer running = new RunningAnswer(serving, plan, response::closed, watch);
        Uni<Response> answer =
                plan.streaming() == GenerationPlan.Streaming.OFF
                        ? collected(plan, running)
                                .map(
                                        all ->
                                                Response.ok(
                                                                body.apply(
                                                                        all.choices(), all.usage()),
                                                                MediaType.APPLICATION_JSON_TYPE)
                                                        .build())
                        : Uni.createFrom()
                                .emitter(
                                        emitter -> {
                                            EventStream stream =
                                                    new EventStream(
                                                            plan, kind, running::cancel, emitter);
                                            running.start(
                                                    plan.tellsPrompts()
                                                            ? new BackgroundSink(
                                                                    stream,
                                                                    Infrastructure
                                                                            .getDefaultWorkerPool())
                                                            : stream);
                                            new StreamPulse(
                                                            stream,
                                                            running::isOver,
                                                            context::registerTimer)
                                                    .start();
                                        });
        return answer.onCancellation().invoke(running::cancel);
    }

    private static Uni<WholeAnswer.Collected> collected(
            GenerationPlan plan, RunningAnswer running) {
        Uni<WholeAnswer.Collected> collected =
                Uni.createFrom()
                        .emitter(
                                emitter ->
                                        running.start(new WholeAnswer(plan.numChoices(), emitter)));
        // What is told of each token makes bodies of megabytes, which are not for the event loop.
        return plan.logprobs().tellsAnything() || plan.tellsTokenIds()
                ? collected.emitOn(Infrastructure.getDefaultWorkerPool())
                : collected;
    }
}
