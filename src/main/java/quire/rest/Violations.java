package quire.rest;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;

/** Words for the limits that the specification sets. */
final class Violations {

    private Violations() {}

    /**
     * The first violation by its field's name, so that the same request is always told the same.
     */
    static ApiProblem problem(Set<? extends ConstraintViolation<?>> violations) {
        ConstraintViolation<?> first =
                violations.stream()
                        .min(Comparator.comparing(violation -> field(violation.getPropertyPath())))
                        .orElseThrow();
        String field = field(first.getPropertyPath());
        if (field.isEmpty()) {
            return ApiProblem.ofRequest(
                    400, "The body must be a JSON object, but is empty.", "", "");
        }
        return ApiProblem.ofRequest(400, "'" + field + "' " + rule(first) + ".", field, "");
    }

    private static String rule(ConstraintViolation<?> violation) {
        Object value = violation.getInvalidValue();
        return switch (violation.getConstraintDescriptor().getAnnotation()) {
            case NotNull _ -> "is required";
            case Min min -> "must be at least " + min.value() + ", but is " + value;
            case Max max -> "must be at most " + max.value() + ", but is " + value;
            case DecimalMin min ->
                    "must be "
                            + (min.inclusive() ? "at least " : "above ")
                            + min.value()
                            + ", but is "
                            + value;
            case DecimalMax max ->
                    "must be "
                            + (max.inclusive() ? "at most " : "below ")
                            + max.value()
                            + ", but is "
                            + value;
            case Size size when value instanceof Collection<?> list ->
                    "must have from "
                            + size.min()
                            + " to "
                            + size.max()
                            + " entries, but has "
                            + list.size();
            case Size size when size.max() < Integer.MAX_VALUE ->
                    "must have from " + size.min() + " to " + size.max() + " characters";
            case Size size -> "must have at least " + size.min() + " character";
            default -> violation.getMessage();
        };
    }

    /**
     * The field's name on the wire: {@code stop_token_ids.1} of {@code
     * tokenize.request.stopTokenIds[1]}.
     */
    private static String field(Path path) {
        StringBuilder name = new StringBuilder();
        for (Path.Node node : path) {
            if (node.getKind() == ElementKind.METHOD || node.getKind() == ElementKind.PARAMETER) {
                continue;
            }
            if (node.getIndex() != null) {
                name.append('.').append(node.getIndex());
            }
            if (node.getKind() == ElementKind.PROPERTY) {
                name.append(name.isEmpty() ? "" : ".").append(snakeCase(node.getName()));
            }
        }
        return name.toString();
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
