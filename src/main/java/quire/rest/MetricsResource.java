package quire.rest;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code /metrics}: Prometheus' text format, or OpenMetrics for a client that names that format and
 * not the other.
 */
@Path("/metrics")
@RunOnVirtualThread
public class MetricsResource {

    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final Set<Collector.Type> DISTRIBUTIONS =
            Set.of(Collector.Type.HISTOGRAM, Collector.Type.SUMMARY);
    private static final String MAXIMUM = "_max";

    /** Names that break Prometheus' rules; other figures of the process say the same. */
    private static final Set<String> IRREGULAR = Set.of("process_cpu_time_ns", "system_cpu_count");

    /** What the framework's registry writes to and this page reads: one, where it makes many. */
    @Singleton
    static final class Shared {

        @Produces
        @Singleton
        CollectorRegistry collectors() {
            return new CollectorRegistry(true);
        }
    }

    @Inject CollectorRegistry registry;

    @GET
    public Response metrics(@Context HttpHeaders headers) throws IOException {
        String type = contentType(headers.getRequestHeader(HttpHeaders.ACCEPT));
        StringWriter text = new StringWriter();
        TextFormat.writeFormat(type, text, Collections.enumeration(families()));
        return Response.ok(text.toString()).header(HttpHeaders.CONTENT_TYPE, type).build();
    }

    private static String contentType(List<String> accept) {
        String accepted = String.join(",", accept == null ? List.of() : accept);
        String names = accepted.toLowerCase(Locale.ROOT);
        return names.contains(OPEN_METRICS) && !names.contains("text/plain")
                ? TextFormat.CONTENT_TYPE_OPENMETRICS_100
                : TextFormat.CONTENT_TYPE_004;
    }

    private List<MetricFamilySamples> families() {
        List<MetricFamilySamples> all = Collections.list(registry.metricFamilySamples());
        Set<String> distributions =
                all.stream()
                        .filter(family -> DISTRIBUTIONS.contains(family.type))
                        .map(family -> family.name)
                        .collect(Collectors.toSet());
        return all.stream()
                .filter(family -> !IRREGULAR.contains(family.name))
                .filter(family -> !isMaximumOf(distributions, family.name))
                .toList();
    }

    /** Whether it is the recent maximum that the library writes beside each distribution. */
    private static boolean isMaximumOf(Set<String> distributions, String name) {
        return name.endsWith(MAXIMUM)
                && distributions.contains(name.substring(0, name.length() - MAXIMUM.length()));
    }
}
