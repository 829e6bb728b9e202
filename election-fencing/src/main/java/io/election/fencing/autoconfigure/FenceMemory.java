package io.election.fencing.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.fencing.Fence;
import io.election.fencing.JdbcFence;
import io.election.fencing.MemoryFence;
import io.election.fencing.RedisFence;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

/** Finds the fence in which the filter remembers tokens. Touches the classes of a technology only if it is present. */
final class FenceMemory {

    private static final String PROPERTY = "election.fencing.http.memory";

    private final ListableBeanFactory beans;
    private final boolean jdbc;
    private final boolean redis;

    FenceMemory(ListableBeanFactory beans) {
        this.beans = beans;
        this.jdbc = present("org.springframework.jdbc.core.JdbcTemplate") && Jdbc.present(beans);
        this.redis = present("org.springframework.data.redis.core.StringRedisTemplate") && Redis.present(beans);
    }

    private static boolean present(String type) {
        return ClassUtils.isPresent(type, FenceMemory.class.getClassLoader());
    }

    Fence of(HttpFenceProperties properties) {
        if (properties.guards().isEmpty()) {
            return new MemoryFence();
        }
        HttpFenceProperties.Memory memory = properties.memory() == null ? theOnlyOne() : properties.memory();
        return switch (memory) {
            case JDBC -> jdbc ? Jdbc.fence(beans) : absent(memory, "data source");
            case REDIS -> redis ? Redis.fence(beans) : absent(memory, "Redis connection");
            case PROCESS -> new MemoryFence();
        };
    }

    private HttpFenceProperties.Memory theOnlyOne() {
        if (jdbc == redis) {
            throw invalid(
                    null,
                    jdbc
                            ? "there are two fences that could remember tokens, in the database and in Redis"
                            : "there is neither a database nor Redis to remember tokens in");
        }
        return jdbc ? HttpFenceProperties.Memory.JDBC : HttpFenceProperties.Memory.REDIS;
    }

    private static Fence absent(HttpFenceProperties.Memory memory, String what) {
        throw invalid(memory, "this application has no " + what);
    }

    private static InvalidElectionConfigurationException invalid(
            HttpFenceProperties.@Nullable Memory memory, String reason) {
        return new InvalidElectionConfigurationException(
                PROPERTY,
                memory == null ? null : memory.name().toLowerCase(Locale.ROOT),
                reason,
                "Set " + PROPERTY
                        + " to jdbc or redis. Set it to process only if this is the only instance of the service and may"
                        + " forget the tokens when it restarts.");
    }

    /** Loaded only where spring-jdbc is. */
    private static final class Jdbc {

        static boolean present(ListableBeanFactory beans) {
            return beans.getBeanNamesForType(JdbcFence.class, true, false).length > 0;
        }

        static Fence fence(ListableBeanFactory beans) {
            return beans.getBean(JdbcFence.class).inOwnTransaction();
        }
    }

    /** Loaded only where spring-data-redis is. */
    private static final class Redis {

        static boolean present(ListableBeanFactory beans) {
            return beans.getBeanNamesForType(RedisFence.class, true, false).length > 0;
        }

        static Fence fence(ListableBeanFactory beans) {
            return beans.getBean(RedisFence.class);
        }
    }
}
