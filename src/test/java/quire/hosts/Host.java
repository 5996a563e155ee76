package quire.hosts;

import java.nio.file.Path;
import quire.Outside;

/**
 * An application with Quire inside, by where Quire stands among its dependencies, and whether its
 * meters are beans of the application.
 */
enum Host {
    SPRING_BOOT_3_QUIRE_FIRST(Framework.SPRING_BOOT, Outside.SPRING_BOOT_3, "quire-first/host.jar"),
    SPRING_BOOT_3_QUIRE_LAST_WITH_METERS(
            Framework.SPRING_BOOT, Outside.SPRING_BOOT_3, "quire-last/host.jar"),
    SPRING_BOOT_4_QUIRE_FIRST_WITH_METERS(
            Framework.SPRING_BOOT, Outside.SPRING_BOOT_4, "quire-first/host.jar"),
    SPRING_BOOT_4_QUIRE_LAST(Framework.SPRING_BOOT, Outside.SPRING_BOOT_4, "quire-last/host.jar"),
    QUARKUS(Framework.QUARKUS, Outside.QUARKUS, "quarkus-app/quarkus-run.jar"),
    QUARKUS_WITH_METERS(Framework.QUARKUS, Outside.QUARKUS, "quarkus-app/quarkus-run.jar");

    final Framework framework;
    private final Outside outside;
    private final String jar;

    Host(Framework framework, Outside outside, String jar) {
        this.framework = framework;
        this.outside = outside;
        this.jar = jar;
    }

    /** Its jar, or the end of the test where nobody has built it. */
    Path jar() {
        return outside.path().resolve(jar);
    }

    boolean hasMeters() {
        return name().endsWith("_WITH_METERS");
    }
}
