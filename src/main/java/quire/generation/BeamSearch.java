package quire.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import quire.error.QuireException;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.TokenLogprobs;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;
import quire.tokenizer.Detokenizer;

/**
 * The search for the {@code n} texts that are likeliest as a whole, by vLLM's rules. A round
 * continues each beam by its likeliest tokens; the {@code n} best of all are the beams of the next.
 * A text that ends keeps its score, and the search goes on until no beam can become better than the
 * n-th of those, or has all its tokens. A score is the sum of log-probabilities over the length,
 * prompt included and the ending token not, to the power of the length penalty.
 *
 * <p>Each beam of a round is a request for one token, whose prompt the prefix cache has but for the
 * last block. Owned by the executor.
 */
final class BeamSearch {

    /** Who computes its rounds; on the executor. */
    interface Rounds {

        /** Computes the requests of a round, whose generations are then {@linkplain #running}. */
        void next(BeamSearch search, List<Submission> round);

        /** Nothing is to be computed any more. */
        void over();
    }

    private static final Comparator<Beam> BEST_FIRST =
            Comparator.comparingDouble(Beam::score).reversed();

    private final GenerationRequest request;
    private final GenerationListener listener;
    private final EosTokens eos;
    private final Supplier<Detokenizer> detokenizer;
    private final Rounds rounds;
    private final int width;
    private final SamplingParams one;
    private final List<Beam> ended = new ArrayList<>();
    private List<Beam> beams;
    private List<Generation> running = List.of();
    private TokenLogprobs[] found;
    private int numFound;
    private int numTokens;
    private boolean over;

    /**
     * @param detokenizer makes one for each text that was found
     */
    BeamSearch(
            GenerationRequest request,
            GenerationListener listener,
            EosTokens eos,
            Supplier<Detokenizer> detokenizer,
            Rounds rounds) {
        this.request = request;
        this.listener = listener;
        this.eos = eos;
        this.detokenizer = detokenizer;
        this.rounds = rounds;
        this.width = request.params().n();
        // Even where all that end a text are among the likeliest, enough others are.
        int numEnding = eos.ids().length + request.params().stopTokenIds().size();
        int numCandidates = Math.min(2 * width + numEnding, SamplingParams.MAX_LOGPROBS);
        this.one =
                SamplingParams.builder()
                        .temperature(0)
                        .maxTokens(1)
                        .ignoreEos(true)
                        .logprobs(numCandidates)
                        .build();
        this.beams = List.of(Beam.EMPTY);
    }

    /** The requests of the next round, one for each beam. */
    List<Submission> round() {
        found = new TokenLogprobs[beams.size()];
        numFound = 0;
        List<Submission> round = new ArrayList<>(beams.size());
        for (int i = 0; i < beams.size(); i++) {
            round.add(new Submission(request(beams.get(i)), listener(i)));
        }
        return round;
    }

    private GenerationRequest request(Beam beam) {
        return new GenerationRequest(
                request.id(),
                beam.behind(request.promptTokenIds()),
                one,
                request.priority(),
                request.cacheSalt(),
                GenerationRequest.Display.TEXT);
    }

    private GenerationListener listener(int beam) {
        return new GenerationListener() {
            @Override
            public void onOutput(GenerationOutput output) {
                take(beam, output.logprobs().getFirst());
            }

            @Override
            public void onError(QuireException error) {
                fail(error);
            }
        };
    }

    /** The generations of the round that was asked for. */
    void running(List<Generation> generations) {
        running = generations;
    }

    /** Whether nothing is to be computed any more. */
    boolean isOver() {
        return over;
    }

    /** Ends it; its listener hears nothing more. */
    void cancel() {
        if (!over) {
            end();
            running.forEach(Generation::cancel);
        }
    }

    /** Ends it with an error. */
    void fail(QuireException error) {
        if (!over) {
            cancel();
            listener.onError(error);
        }
    }

    private void end() {
        over = true;
        rounds.over();
    }

    private void take(int beam, TokenLogprobs likeliest) {
        if (over) {
            return;
        }
        found[beam] = likeliest;
        if (++numFound < beams.size()) {
            return;
        }
        numTokens++;
        beams = next();
        if (numTokens == request.params().maxTokens() || beams.isEmpty() || isDecided()) {
            tell();
            end();
        } else {
            rounds.next(this, round());
        }
    }

    /** The best beams that are a token longer; those that end are taken out. */
    private List<Beam> next() {
        List<Beam> longer = new ArrayList<>();
        for (int i = 0; i < beams.size(); i++) {
            for (int place = 0; place < found[i].topIds().length; place++) {
                Beam beam = append(beams.get(i), found[i], place);
                (beam.end() == Beam.End.NONE ? longer : ended).add(beam);
            }
        }
        keepBest(ended);
        keepBest(longer);
        return longer;
    }

    private void keepBest(List<Beam> some) {
        some.sort(BEST_FIRST);
        if (some.size() > width) {
            some.subList(width, some.size()).clear();
        }
    }

    private Beam append(Beam beam, TokenLogprobs likeliest, int place) {
        int id = likeliest.topIds()[place];
        boolean isEos = !request.params().ignoreEos() && eos.contains(id);
        boolean isStop = request.params().stopTokenIds().contains(id);
        Beam.End end = isEos ? Beam.End.EOS : isStop ? Beam.End.STOP_TOKEN : Beam.End.NONE;
        double logprob = beam.logprob() + likeliest.topLogprobs()[place];
        int scored = beam.length() + (end == Beam.End.NONE ? 1 : 0);
        return new Beam(
                beam, likeliest, place, beam.length() + 1, logprob, score(logprob, scored), end);
    }

    private double score(double logprob, int numOutputTokens) {
        int length = request.promptTokenIds().length + numOutputTokens;
        return logprob / Math.pow(length, request.params().lengthPenalty());
    }

    /** Whether no beam can become better than any of the best texts that have ended. */
    private boolean isDecided() {
        if (ended.size() < width) {
            return false;
        }
        double least = ended.get(width - 1).score();
        double best = Double.NEGATIVE_INFINITY;
        for (Beam beam : beams) {
            // What follows is certain at best, and the length that favours it most.
            best = Math.max(best, score(beam.logprob(), numTokens));
            best = Math.max(best, score(beam.logprob(), request.params().maxTokens()));
        }
        if (best < least) {
            beams = List.of();
        }
        return best < least;
    }

    private void tell() {
        List<Beam> all = new ArrayList<>(ended);
        all.addAll(beams);
        keepBest(all);
        for (int i = 0; i < all.size(); i++) {
            listener.onOutput(output(i, all.get(i)));
        }
    }

    private GenerationOutput output(int index, Beam beam) {
        SamplingParams params = request.params();
        int[] ids = beam.behind();
        boolean hidesLast = beam.end() != Beam.End.NONE && !params.includeStopStrInOutput();
        Detokenizer text = detokenizer.get();
        StringBuilder said = new StringBuilder();
        for (int i = 0; i < ids.length - (hidesLast ? 1 : 0); i++) {
            said.append(text.append(ids[i]));
        }
        said.append(text.finish());
        return new GenerationOutput(
                index,
                said.toString(),
                ids.length,
                Optional.of(beam.end() == Beam.End.NONE ? FinishReason.LENGTH : FinishReason.STOP),
                beam.end() == Beam.End.STOP_TOKEN
                        ? Optional.of(new StopReason.Token(beam.tokenId()))
                        : Optional.empty(),
                request.display().tellsTokenIds() ? ids : new int[0],
                params.logprobs().isPresent()
                        ? beam.logprobs(params.logprobs().getAsInt())
                        : List.of(),
                List.of());
    }
}
