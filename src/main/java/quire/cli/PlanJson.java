package quire.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import quire.ops.MemoryUse;
import quire.plan.Fit;
import quire.plan.GuideTable;
import quire.plan.PlannedModel;
import quire.plan.Target;
import quire.settings.Flags;

/** A plan for programs to read: all sizes are bytes. */
final class PlanJson {

    private static final JsonMapper MAPPER = new JsonMapper();

    private PlanJson() {}

    static String of(ModelPlan plan) {
        PlannedModel model = plan.model();
        int context = plan.wanted().context();
        long perToken = model.cacheBytesPerToken(plan.wanted().cacheType());
        ObjectNode json = MAPPER.createObjectNode();
        json.put("model", plan.name());
        json.put("architecture", model.architecture());
        json.put("parameters", model.numParameters());
        json.put("visionParameters", model.visionParameters());
        json.put("activeParameters", model.activeParameters());
        json.put("layers", model.numLayers());
        json.put("modelContext", model.context());
        json.put("format", model.published().name());
        json.put("weightBytes", model.weightBytes());
        ObjectNode formats = json.putObject("weightBytesByFormat");
        model.fileBytes().forEach(formats::put);
        json.put("kvCacheType", plan.wanted().cacheType().name().toLowerCase(Locale.ROOT));
        json.put("kvBytesPerToken", perToken);
        json.put("context", context);
        json.put("sequences", plan.wanted().sequences());
        json.put("kvBytesPerSequence", perToken * context);
        if (model.windowLayers() > 0) {
            json.putObject("slidingWindow")
                    .put("tokens", model.windowTokens())
                    .put("layers", model.windowLayers())
                    .put(
                            "kvBytesPerSequence",
                            model.windowedCacheBytes(context, plan.wanted().cacheType()));
        }
        if (model.stateLayers() > 0) {
            json.put("stateBytesPerSequence", model.stateBytesPerSequence());
        }
        ArrayNode remarks = json.putArray("remarks");
        model.remarks().forEach(remarks::add);
        json.put("served", model.refusal().isEmpty());
        model.refusal().ifPresent(why -> json.put("refusal", why.message(Flags::spelled)));
        ArrayNode targets = json.putArray("gpus");
        plan.fits().forEach((target, fits) -> target(targets.addObject(), plan, target, fits));
        ArrayNode advice = json.putArray("advice");
        new PlanAdvice(plan).sentences().forEach(advice::add);
        return json.toPrettyString();
    }

    private static void target(ObjectNode json, ModelPlan plan, Target target, List<Fit> fits) {
        json.put("gpu", target.name());
        json.put("count", target.count());
        json.put("memoryBytes", target.memoryBytes());
        json.put("usableBytes", target.usableBytes());
        ArrayNode shares = json.putArray("tensorParallel");
        plan.planner().shares(target.count()).forEach(shares::add);
        ArrayNode formats = json.putArray("formats");
        for (Fit fit : fits) {
            ObjectNode one = formats.addObject();
            one.put("format", fit.format().name());
            one.put("fits", fit.fits());
            one.put("gpus", fit.gpus());
            OptionalInt least = plan.planner().least(target, fit.format(), 1);
            if (least.isPresent()) {
                one.put("leastGpus", least.getAsInt());
            }
            one.put("tokens", fit.tokens());
            one.put("sequences", fit.sequences());
            ObjectNode each = one.putObject("perGpu");
            each.put("weightBytes", fit.weightBytes());
            each.put("otherBytes", fit.otherBytes());
            each.put("kvCacheBytes", fit.cacheBytes());
            each.put("kvBytesPerToken", fit.cacheBytesPerToken());
            each.put("missingBytes", fit.missingBytes());
            ObjectNode uses = each.putObject("uses");
            for (MemoryUse use : fit.uses()) {
                uses.put(use.what(), use.bytes());
            }
        }
    }

    /** The rows of {@code --table}. */
    static String table() {
        ArrayNode rows = MAPPER.createArrayNode();
        for (GuideTable.Row row : GuideTable.rows()) {
            ObjectNode json = rows.addObject();
            json.put("model", row.name());
            json.put("parameters", row.numParameters());
            ObjectNode weights = json.putObject("weightBytes");
            row.weights().forEach(weights::put);
        }
        return rows.toPrettyString();
    }
}
