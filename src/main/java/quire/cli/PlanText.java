package quire.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import quire.engine.MemoryPlan;
import quire.plan.Fit;
import quire.plan.GuideTable;
import quire.plan.PlannedModel;
import quire.plan.Target;

/** A plan for people to read. */
final class PlanText {

    private static final String ROW = "  %-10s %4s %12s %10s %10s %12s %10s";
    private static final String TABLE_ROW = "%-30s %10s %9s %15s %15s";

    private final ModelPlan plan;
    private final StringBuilder text = new StringBuilder();

    private PlanText(ModelPlan plan) {
        this.plan = plan;
    }

    static String of(ModelPlan plan) {
        PlanText words = new PlanText(plan);
        words.model();
        plan.fits().forEach(words::target);
        words.advice();
        return words.text.toString().stripTrailing();
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }

    private void model() {
        PlannedModel model = plan.model();
        long active = model.activeParameters();
        line(
                "%s: %s, %s parameters%s, %d layers, made for %d tokens",
                plan.name(),
                model.architecture(),
                count(model.numParameters()),
                active == model.numParameters() ? "" : ", " + count(active) + " of them a token",
                model.numLayers(),
                model.context());
        line(
                "weights    %s %s; files in %s%s",
                model.published().name(),
                MemoryPlan.size(model.weightBytes()),
                model.fileBytes().entrySet().stream()
                        .map(entry -> entry.getKey() + " " + MemoryPlan.size(entry.getValue()))
                        .collect(Collectors.joining(", ")),
                model.visionParameters() == 0
                        ? ""
                        : "; " + count(model.visionParameters()) + " parameters look at pictures");
        long perToken = model.cacheBytesPerToken(plan.wanted().cacheType());
        int context = plan.wanted().context();
        int sequences = plan.wanted().sequences();
        line(
                "KV cache   %s a token in %s, %s for %d tokens, %s for %s of them%s",
                MemoryPlan.size(perToken),
                plan.wanted().cacheType().name().toLowerCase(Locale.ROOT),
                MemoryPlan.size(perToken * context),
                context,
                MemoryPlan.size((long) ((double) perToken * context * sequences)),
                PlanAdvice.many(sequences, "sequence"),
                model.keepsLatent() ? "; a latent, which each GPU keeps whole" : "");
        if (model.windowLayers() > 0) {
            line(
                    "           %d of the layers see the last %d tokens alone: where they keep no"
                            + " more, it is %s\n           for %d tokens; Quire keeps all",
                    model.windowLayers(),
                    model.windowTokens(),
                    MemoryPlan.size(model.windowedCacheBytes(context, plan.wanted().cacheType())),
                    context);
        }
        if (model.stateLayers() > 0) {
            line(
                    "           %d of the layers keep a state instead, %s a sequence however long",
                    model.stateLayers(), MemoryPlan.size(model.stateBytesPerSequence()));
        }
        model.remarks().forEach(remark -> line("note       %s", remark));
    }

    private void target(Target target, List<Fit> fits) {
        String size = MemoryPlan.size(target.memoryBytes());
        String usable = MemoryPlan.size(target.usableBytes());
        text.append('\n');
        if (target.isCard()) {
            line(
                    "%s: %s each, %s of which may be used%s",
                    target.name(), size, usable, shares(target));
        } else {
            line("%s: %s, %s of which are free", target.name(), size, usable);
        }
        line(ROW, "weights in", "GPUs", "weights each", "other", "KV cache", "tokens", "sequences");
        for (Fit fit : fits) {
            line(
                    ROW,
                    fit.format().name(),
                    target.isCard() ? fit.gpus() : "-",
                    MemoryPlan.size(fit.weightBytes()),
                    MemoryPlan.size(fit.otherBytes()),
                    fit.fits() ? MemoryPlan.size(fit.cacheBytes()) : "-",
                    fit.fits() ? fit.tokens() : "-",
                    fit.fits()
                            ? fit.sequences()
                            : MemoryPlan.size(fit.missingBytes()) + " too small");
        }
    }

    private String shares(Target target) {
        if (target.count() == 1) {
            return "";
        }
        return plan.planner().shares(target.count()).stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", "; tensor parallel over ", " of them"));
    }

    private void advice() {
        text.append('\n');
        new PlanAdvice(plan).sentences().forEach(sentence -> line("%s", sentence));
    }

    /** {@code "7.6 billion"}. */
    static String count(long number) {
        return number < 1_000_000
                ? String.valueOf(number)
                : number < 1_000_000_000
                        ? String.format(Locale.ROOT, "%.1f million", number / 1e6)
                        : String.format(Locale.ROOT, "%.1f billion", number / 1e9);
    }

    /** The weights of DeepSeek-R1 and its distillations. */
    static String table() {
        StringBuilder table = new StringBuilder();
        tableRow(table, "weights alone, in GB", "parameters", "bf16", "int8", "4-bit");
        for (GuideTable.Row row : GuideTable.rows()) {
            Map<String, Long> weights = row.weights();
            tableRow(
                    table,
                    row.name(),
                    String.format(Locale.ROOT, "%.2f B", row.numParameters() / 1e9),
                    gigabytes(weights.get("bf16")),
                    range(row.numParameters(), weights.get("int8")),
                    range(row.numParameters() / 2, weights.get("4-bit")));
        }
        return table
                + "A GB is 10^9 bytes. int8 and 4-bit: from a byte, and half a byte, for each"
                + " parameter to files whose\nembedding and output stay in 16 bits, with the"
                + " scales of their groups (W8A8; AWQ and GPTQ of 128).";
    }

    private static void tableRow(StringBuilder table, Object... cells) {
        table.append(String.format(Locale.ROOT, TABLE_ROW, cells)).append('\n');
    }

    private static String range(long least, long most) {
        return gigabytes(least) + " - " + gigabytes(most);
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, bytes < 100e9 ? "%.1f" : "%.0f", bytes / 1e9);
    }
}
