package io.election.autoconfigure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;

/**
 * Stops the start on a Spring Boot that this library was not built for, before a class of ours is loaded that needs a newer
 * one. Uses only what all versions of Spring Boot since 2 have, in the place where they all have it.
 */
final class BootVersionCheck implements ApplicationContextInitializer<ConfigurableApplicationContext>, Ordered {

    private static final Pattern MAJOR_AND_MINOR = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?!\\d).*");
    private static final int MAJOR = 4;

    /** Before the other initializers, some of which may belong to another version of Spring Boot themselves. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        check(SpringBootVersion.getVersion());
    }

    /** Accepts a version that cannot be read: it may be a later one. */
    static void check(@Nullable String version) {
        Matcher parts = MAJOR_AND_MINOR.matcher(version == null ? "" : version);
        if (parts.matches() && Integer.parseInt(parts.group(1)) < MAJOR) {
            throw new UnsupportedSpringBootException(String.valueOf(version));
        }
    }
}
