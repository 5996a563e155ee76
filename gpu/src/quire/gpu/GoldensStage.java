package quire.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import quire.golden.GoldenModel;
import quire.golden.LogitErrors;
import quire.model.ModelConfig;
import quire.ops.Ops;
import quire.ops.cuda.CudaOps;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * Whole small models, whose logits and tokens transformers computed in float32: on the card in
 * bfloat16, beside a reference that rounds where the card does. Judged as the build judges them on
 * the emulated driver.
 */
final class GoldensStage implements Stage.Work {
    private static final DType TYPE = DType.BF16;

    /** So many of the logits have to keep the bounds. */
    private static final double SHARE = 0.999;

    /** How far from the reference, in standard deviations of the logits. */
    private static final double MOST = 3e-2;

    /** So many have to keep a narrower one. */
    private static final double LESSER_SHARE = 0.99;

    private static final double LESSER_MOST = 2e-2;

    /** How much further from float32 than the reference. */
    private static final double FURTHER = 1.2;

    /** A choice that is nearer than this, in standard deviations, may fall either way. */
    private static final double UNCLEAR = 0.2;

    private static final int[] CHUNKS = {7, 33};

    /** A prompt and what follows from it. */
    private record Case(int[] prompt, float[] logits, int[] greedy, float[] margins) {}

    @Override
    public void run(Bench bench) throws IOException {
        List<Path> folders;
        try (Stream<Path> found = Files.list(bench.model("checkpoints"))) {
            folders = found.sorted().toList();
        }
        for (Path folder : folders) {
            List<Case> cases = cases(folder);
            if (bench.tiny()) {
                cases = cases.subList(0, 2);
            }
            judge(bench, folder, cases);
        }
    }

    private static List<Case> cases(Path folder) {
        List<Case> cases = new ArrayList<>();
        try (Checkpoint expected =
                Checkpoint.openSafetensors(folder.resolve("expected.safetensors"))) {
            for (int i = 0; expected.find("prompt." + i).isPresent(); i++) {
                cases.add(
                        new Case(
                                expected.tensor("prompt." + i).toInts(),
                                expected.tensor("logits." + i).toFloats(),
                                expected.tensor("greedy." + i).toInts(),
                                expected.tensor("margin." + i).toFloats()));
            }
        }
        return cases;
    }

    private static void judge(Bench bench, Path folder, List<Case> cases) {
        String name = folder.getFileName().toString();
        Ops cuda = new CudaOps(bench.gpu().device(), bench.engineKernels(), TYPE);
        try (GoldenModel card = new GoldenModel(folder, cuda, TYPE);
                GoldenModel rounding = new GoldenModel(folder, new ReferenceOps(TYPE), TYPE)) {
            logits(bench, name, cases, card, rounding);
            chunks(bench, name, cases, card);
        }
        tokens(bench, folder, cases);
    }

    private static void logits(
            Bench bench, String name, List<Case> cases, GoldenModel card, GoldenModel rounding) {
        LogitErrors apart = new LogitErrors();
        LogitErrors ofCard = new LogitErrors();
        LogitErrors ofRounding = new LogitErrors();
        for (Case one : cases) {
            float[] actual = card.logits(one.prompt, one.prompt.length);
            float[] expected = rounding.logits(one.prompt, one.prompt.length);
            apart.add(expected, actual);
            ofCard.add(one.logits, actual);
            ofRounding.add(one.logits, expected);
        }
        double cost = ofRounding.bound(SHARE);
        bench.report()
                .telling(
                        name + ", from transformers in float32",
                        ofCard.bound(SHARE),
                        "",
                        "deviations; the reference in bf16 " + Report.number(cost));
        double most = Math.min(MOST, cost);
        String beside = name + ", from the reference in bf16";
        within(bench, beside, SHARE, apart, most);
        within(bench, beside, LESSER_SHARE, apart, LESSER_MOST);
        within(bench, name + ", from transformers", SHARE, ofCard, FURTHER * cost);
    }

    private static void within(
            Bench bench, String name, double share, LogitErrors errors, double most) {
        double error = errors.bound(share);
        String note =
                Report.number(100 * share)
                        + "% of the logits within "
                        + Report.number(error)
                        + " deviations, allowed are "
                        + Report.number(most);
        bench.report().check(name, error <= most, note);
    }

    private static void chunks(Bench bench, String name, List<Case> cases, GoldenModel card) {
        int others = 0;
        int[] company = cases.getFirst().prompt;
        for (Case one : cases) {
            float[] whole = card.logits(one.prompt, one.prompt.length);
            for (int chunk : CHUNKS) {
                float[] alone = card.logits(one.prompt, chunk);
                float[] beside = card.logitsInCompany(company, one.prompt, chunk).getLast();
                others += Arrays.equals(whole, alone) ? 0 : 1;
                others += Arrays.equals(whole, beside) ? 0 : 1;
                company = one.prompt;
            }
        }
        String note = others + " of " + 2 * CHUNKS.length * cases.size() + " differ";
        bench.report().check(name + ", in chunks and in company", others == 0, note);
    }

    /**
     * The tokens of transformers, as long as each choice is clear, by the engine's scheduler and
     * runner, all prompts at once; and the same tokens whatever way the steps come to the card.
     */
    private static void tokens(Bench bench, Path folder, List<Case> cases) {
        String name = folder.getFileName().toString();
        List<int[]> first = List.of();
        for (Way way : Way.values()) {
            for (int depth : new int[] {2, 1}) {
                List<int[]> tokens = tokens(bench, folder, cases, way, depth);
                String label = name + ", " + way.label() + ", in flight: " + depth;
                clear(bench, label, cases, tokens);
                if (first.isEmpty()) {
                    first = tokens;
                } else {
                    boolean same = Arrays.deepEquals(first.toArray(), tokens.toArray());
                    bench.report().check(label + ", the same tokens", same, "");
                }
            }
        }
    }

    private static List<int[]> tokens(
            Bench bench, Path folder, List<Case> cases, Way way, int depth) {
        int longest = cases.stream().mapToInt(one -> one.prompt.length).max().orElseThrow();
        int together = cases.stream().mapToInt(one -> one.prompt.length).sum();
        StepLoop.Room room = new StepLoop.Room(cases.size(), longest, together);
        try (Ops ops =
                        new CudaOps(
                                bench.gpu().device(), bench.engineKernels(), TYPE, way.options());
                Checkpoint checkpoint = Checkpoint.open(folder);
                StepLoop loop =
                        new StepLoop(ops, checkpoint, ModelConfig.of(checkpoint, ""), room)) {
            cases.forEach(one -> loop.add(one.prompt, one.greedy.length));
            loop.run(Integer.MAX_VALUE, depth);
            return loop.end();
        }
    }

    private static void clear(Bench bench, String name, List<Case> cases, List<int[]> tokens) {
        int right = 0;
        int asked = 0;
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            double least = UNCLEAR * LogitErrors.spread(one.logits);
            for (int t = 0; t < one.greedy.length && one.margins[t] > least; t++) {
                asked++;
                right += one.greedy[t] == tokens.get(i)[t] ? 1 : 0;
            }
        }
        String note = right + " of " + asked + " that are clear";
        bench.report().check(name + ", tokens of transformers", right == asked, note);
    }
}
