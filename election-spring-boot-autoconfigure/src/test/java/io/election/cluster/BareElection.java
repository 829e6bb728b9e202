package io.election.cluster;

import io.election.autoconfigure.ElectionAutoConfiguration;
import io.election.autoconfigure.ElectionEndpointAutoConfiguration;
import io.election.autoconfigure.ElectionHealthAutoConfiguration;
import io.election.autoconfigure.LeaderOnlyAutoConfiguration;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;

/** An application of the election alone. It starts in a tenth of the time that all auto-configurations of the class path take. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ImportAutoConfiguration({
    ElectionAutoConfiguration.class,
    ElectionEndpointAutoConfiguration.class,
    ElectionHealthAutoConfiguration.class,
    LeaderOnlyAutoConfiguration.class,
    LifecycleAutoConfiguration.class,
    PropertyPlaceholderAutoConfiguration.class,
    SslAutoConfiguration.class
})
public @interface BareElection {}
