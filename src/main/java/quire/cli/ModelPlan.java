package quire.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.plan.Fit;
import quire.plan.PlannedModel;
import quire.plan.Planner;
import quire.plan.Target;
import quire.plan.Wanted;

/**
 * All that {@code quire plan} says of a model.
 *
 * @param name as it was typed
 * @param fits how it fits where it is to go, format by format
 */
record ModelPlan(
        String name,
        PlannedModel model,
        Wanted wanted,
        Planner planner,
        Map<Target, List<Fit>> fits) {

    static ModelPlan of(String name, PlannedModel model, Wanted wanted, List<Target> targets) {
        Planner planner = new Planner(model, wanted);
        Map<Target, List<Fit>> fits = new LinkedHashMap<>();
        targets.forEach(target -> fits.put(target, planner.fits(target)));
        return new ModelPlan(name, model, wanted, planner, fits);
    }

    /** The widest format in which all wanted sequences fit, else the one that holds most. */
    Optional<Fit> best(Target target) {
        List<Fit> all = fits.get(target);
        return all.stream()
                .filter(fit -> fit.sequences() >= wanted.sequences())
                .findFirst()
                .or(
                        () ->
                                all.stream()
                                        .filter(Fit::fits)
                                        .reduce((a, b) -> b.sequences() > a.sequences() ? b : a));
    }
}
