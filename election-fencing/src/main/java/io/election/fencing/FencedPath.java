package io.election.fencing;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/** Which requests of a service are guarded, and as what resource. */
public final class FencedPath {

    private static final Pattern VARIABLE = Pattern.compile("\\{([A-Za-z0-9_]+)}");

    private final PathPattern path;
    private final Set<String> methods;
    private final String resource;
    private final boolean tokenRequired;

    /**
     * A rule.
     *
     * @param path pattern of the path within the application, as in Spring MVC, such as <code>/accounts/{id}/**</code>
     * @param methods the methods guarded, such as {@code POST}; if empty, all but {@code GET}, {@code HEAD},
     *     {@code OPTIONS} and {@code TRACE}
     * @param resource what they write to; variables of the path may stand in it, such as <code>account-{id}</code>
     * @param tokenRequired whether a request without a token is refused, rather than let through unguarded
     */
    public FencedPath(String path, Set<String> methods, String resource, boolean tokenRequired) {
        this.path = PathPatternParser.defaultInstance.parse(path);
        this.methods = new TreeSet<>();
        methods.forEach(method -> this.methods.add(method.toUpperCase(Locale.ROOT)));
        this.resource = resource;
        this.tokenRequired = tokenRequired;
        checkResource(path, resource);
    }

    private static void checkResource(String path, String resource) {
        Matcher variables = VARIABLE.matcher(resource);
        while (variables.find()) {
            if (!path.matches(".*\\{\\*?" + variables.group(1) + "[:}].*")) {
                throw new IllegalArgumentException("resource '" + resource + "' uses the variable '"
                        + variables.group(1) + "', which the path '" + path + "' does not have");
            }
        }
        ResourceName.check(variables.reset().replaceAll("x"));
    }

    boolean tokenRequired() {
        return tokenRequired;
    }

    /** What the request writes to; {@code null} if this rule does not apply to it. */
    @Nullable String resource(String method, PathContainer requested) {
        if (methods.isEmpty() ? isSafe(method) : !methods.contains(method)) {
            return null;
        }
        PathPattern.PathMatchInfo match = path.matchAndExtract(requested);
        return match == null ? null : fill(match.getUriVariables());
    }

    private String fill(Map<String, String> variables) {
        return VARIABLE.matcher(resource)
                .replaceAll(found -> Matcher.quoteReplacement(variables.getOrDefault(found.group(1), "")));
    }

    private static boolean isSafe(String method) {
        return Set.of("GET", "HEAD", "OPTIONS", "TRACE").contains(method);
    }
}
