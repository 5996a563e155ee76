package quire.template.operations;

import quire.template.TemplateException;

/** Arithmetic of Python's floats where it is not Java's. */
final class Floats {

    private Floats() {}

    /** The remainder with the divisor's sign. */
    static double modulo(double a, double b) {
        double rest = a % b;
        if (rest == 0) {
            return Math.copySign(0, b);
        }
        return rest < 0 != b < 0 ? rest + b : rest;
    }

    /** The quotient rounded down, so that it agrees with the remainder. */
    static double floorQuotient(double a, double b) {
        double rest = a % b;
        double quotient = (a - rest) / b;
        if (rest != 0 && rest < 0 != b < 0) {
            quotient -= 1;
        }
        if (quotient == 0) {
            return Math.copySign(0, a / b);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    /**
     * {@code a ** b}.
     *
     * @throws TemplateException of kind ARITHMETIC where the result is complex or too large
     */
    static double power(double a, double b) {
        if (a == 0 && b < 0) {
            throw TemplateException.arithmetic("0.0 cannot be raised to a negative power");
        }
        if (a < 0 && b != Math.rint(b) && Double.isFinite(a) && Double.isFinite(b)) {
            throw TemplateException.arithmetic("a complex number has no place in a prompt");
        }
        // Unlike Java, Python says that 1 to any power is 1.
        double result = a == 1 || a == -1 && Double.isInfinite(b) ? 1 : Math.pow(a, b);
        if (Double.isInfinite(result) && Double.isFinite(a) && Double.isFinite(b)) {
            throw TemplateException.arithmetic("(34, 'Numerical result out of range')");
        }
        return result;
    }
}
