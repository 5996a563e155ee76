package quire.rest;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import quire.rest.api.ChatApi;
import quire.rest.api.CompletionsApi;
import quire.rest.api.ModelsApi;
import quire.rest.api.ServerApi;
import quire.rest.api.TokenizerApi;

/** Which methods a path knows, to be told to who tries another (RFC 9110, section 15.5.6). */
final class KnownRoutes {

    private static final List<Class<?>> APIS =
            List.of(
                    ChatApi.class,
                    CompletionsApi.class,
                    MetricsResource.class,
                    ModelsApi.class,
                    ServerApi.class,
                    TokenizerApi.class);

    private static final Map<String, Set<String>> BY_PATTERN = byPattern();

    private KnownRoutes() {}

    /** In alphabetical order; empty where nothing is under the path. */
    static Set<String> methods(String path) {
        Set<String> methods = new TreeSet<>();
        BY_PATTERN.forEach(
                (pattern, known) -> {
                    if (path.matches(pattern)) {
                        methods.addAll(known);
                    }
                });
        return methods;
    }

    private static Map<String, Set<String>> byPattern() {
        Map<String, Set<String>> routes = new HashMap<>();
        for (Class<?> api : APIS) {
            String prefix = path(api.getAnnotation(Path.class));
            for (Method method : api.getMethods()) {
                for (Annotation annotation : method.getAnnotations()) {
                    HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
                    if (verb != null) {
                        add(routes, prefix + path(method.getAnnotation(Path.class)), verb.value());
                    }
                }
            }
        }
        return routes;
    }

    private static String path(Path annotation) {
        return annotation == null ? "" : annotation.value();
    }

    private static void add(Map<String, Set<String>> routes, String template, String method) {
        StringBuilder pattern = new StringBuilder();
        for (String part : template.split("(?=\\{)|(?<=})")) {
            pattern.append(part.startsWith("{") ? ".+" : Pattern.quote(part));
        }
        Set<String> methods = routes.computeIfAbsent(pattern.toString(), p -> new TreeSet<>());
        methods.add(method);
        if (method.equals(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
        }
    }
}
