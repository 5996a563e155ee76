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
            tokens(bench, name, cases, card);
        }
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
        within(bench, name + ", from the reference in bf16", apart.bound(SHARE), most);
        within(bench, name + ", from transformers", ofCard.bound(SHARE), FURTHER * cost);
    }

    private static void within(Bench bench, String name, double error, double most) {
        String note =
                "99.9% of the logits within "
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

    /** The tokens of transformers, as long as each choice is clear. */
    private static void tokens(Bench bench, String name, List<Case> cases, GoldenModel card) {
        int right = 0;
        int asked = 0;
        for (Case one : cases) {
            double least = UNCLEAR * LogitErrors.spread(one.logits);
            int clear = 0;
            while (clear < one.greedy.length && one.margins[clear] > least) {
                clear++;
            }
            List<Integer> tokens = card.greedy(one.prompt, Math.max(clear, 1), List.of());
            for (int i = 0; i < clear; i++) {
                asked++;
                right += one.greedy[i] == tokens.get(i) ? 1 : 0;
            }
        }
        String note = right + " of " + asked + " that are clear";
        bench.report().check(name + ", greedy tokens of transformers", right == asked, note);
    }
}
