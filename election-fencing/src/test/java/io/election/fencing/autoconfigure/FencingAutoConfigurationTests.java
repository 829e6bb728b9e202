package io.election.fencing.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import io.election.FencingToken;
import io.election.Leadership;
import io.election.fencing.FencingTokenExchangeFilter;
import io.election.fencing.FencingTokenFilter;
import io.election.fencing.FencingTokenInterceptor;
import io.election.fencing.JdbcDialect;
import io.election.fencing.JdbcFence;
import io.election.fencing.RedisFence;
import io.election.fencing.StaleFencingTokenException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.reactive.function.client.WebClient;

/** Each fence is there where its technology is, and nowhere else; a wrong setting says what to write instead. */
class FencingAutoConfigurationTests {

    private static final AutoConfigurations ALL = AutoConfigurations.of(
            DataSourceAutoConfiguration.class,
            DataSourceTransactionManagerAutoConfiguration.class,
            DataRedisAutoConfiguration.class,
            HttpFenceClientAutoConfiguration.class,
            HttpFenceFilterAutoConfiguration.class,
            JdbcFenceAutoConfiguration.class,
            RedisFenceAutoConfiguration.class);

    private final String memory = "jdbc:h2:mem:" + UUID.randomUUID();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(ALL)
            .withPropertyValues("spring.datasource.url=" + memory, "spring.datasource.hikari.maximum-pool-size=2");
    private final WebApplicationContextRunner servlet = new WebApplicationContextRunner()
            .withConfiguration(ALL)
            .withPropertyValues("spring.datasource.url=" + memory, "spring.datasource.hikari.maximum-pool-size=2");

    private static void guard(ApplicationContext context, JdbcFence fence, long token) {
        new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> fence.guard("orders", new FencingToken(token)));
    }

    // ---------------------------------------------------------------------------------------------------------
    // presence

    @Test
    void guardsInTheApplicationsDatabaseWithoutASetting() {
        runner.run(context -> {
            JdbcFence fence = context.getBean(JdbcFence.class);
            guard(context, fence, 10);
            assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> guard(context, fence, 9));
        });
    }

    @Test
    void anApplicationThatDoesNotUseItNeedsNothing() {
        runner.withUserConfiguration(TwoDataSources.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void leavesOutTheFenceWhoseTechnologyIsMissing() {
        runner.withClassLoader(new FilteredClassLoader(JdbcTemplate.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JdbcFence.class));
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(JdbcFenceAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JdbcFence.class));
        runner.withClassLoader(new FilteredClassLoader(StringRedisTemplate.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(RedisFence.class));
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RedisFenceAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(RedisFence.class));
        ApplicationContextRunner leading = runner.withBean(Leadership.class, () -> mock(Leadership.class));
        leading.withClassLoader(new FilteredClassLoader(WebClient.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(FencingTokenExchangeFilter.class)
                        .hasSingleBean(FencingTokenInterceptor.class));
        leading.withClassLoader(new FilteredClassLoader(ClientHttpRequestInterceptor.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(FencingTokenInterceptor.class)
                        .hasSingleBean(FencingTokenExchangeFilter.class));
        servlet.withClassLoader(new FilteredClassLoader(OncePerRequestFilter.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("electionFencingTokenFilter"));
        runner.run(context -> assertThat(context).doesNotHaveBean("electionFencingTokenFilter"));
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(ALL)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("electionFencingTokenFilter"));
    }

    @Test
    void fencesWhereTheApplicationHasItsRedis() {
        runner.run(context -> assertUsesKeysThatBeginWith("election:", context.getBean(RedisFence.class)));
        runner.withPropertyValues("election.fencing.redis.key-prefix=app:")
                .run(context -> assertUsesKeysThatBeginWith("app:", context.getBean(RedisFence.class)));
    }

    /** It refuses its own keys before it asks Redis, of which there is none here. */
    private static void assertUsesKeysThatBeginWith(String prefix, RedisFence fence) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fence.set("orders", new FencingToken(1), prefix + "fence:{orders}", "x"))
                .withMessageContaining("is used by the fence itself");
    }

    @Test
    void fencesInTheRedisThatIsNamed() {
        runner.withUserConfiguration(TwoConnectionFactories.class)
                .withPropertyValues("election.fencing.redis.connection-factory=two")
                .run(context -> assertThatThrownBy(
                                () -> context.getBean(RedisFence.class).guard("orders", new FencingToken(1)))
                        .hasStackTraceContaining("connection of 'two'"));
    }

    @Test
    void whoSendsTheTokenAsksTheApplicationsLeadership() {
        runner.withBean(Leadership.class, () -> mock(Leadership.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(FencingTokenInterceptor.class)
                        .hasSingleBean(FencingTokenExchangeFilter.class));
        runner.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(FencingTokenInterceptor.class)
                .doesNotHaveBean(FencingTokenExchangeFilter.class));
    }

    @Test
    void anApplicationsOwnFencesComeFirst() {
        runner.withUserConfiguration(OwnFences.class).run(context -> {
            assertThat(context).getBean(JdbcFence.class).isSameAs(context.getBean("ownJdbc"));
            assertThat(context).getBean(RedisFence.class).isSameAs(context.getBean("ownRedis"));
        });
    }

    @Test
    void filtersOnlyWhereSomethingIsGuarded() {
        servlet.run(context -> assertThat(filter(context).isEnabled()).isFalse());
        servlet.withPropertyValues(guards("election.fencing.http.memory=process"))
                .run(context -> {
                    assertThat(filter(context).isEnabled()).isTrue();
                    assertThat(filter(context).getOrder()).isGreaterThan(-100);
                });
    }

    private static FilterRegistrationBean<?> filter(ApplicationContext context) {
        FilterRegistrationBean<?> registration =
                context.getBean("electionFencingTokenFilter", FilterRegistrationBean.class);
        assertThat(registration.getFilter()).isInstanceOf(FencingTokenFilter.class);
        return registration;
    }

    private static String[] guards(String... more) {
        String[] properties = new String[more.length + 2];
        properties[0] = "election.fencing.http.guards[0].path=/orders/**";
        properties[1] = "election.fencing.http.guards[0].resource=orders";
        System.arraycopy(more, 0, properties, 2, more.length);
        return properties;
    }

    // ---------------------------------------------------------------------------------------------------------
    // settings

    @Test
    void makesTheTableUnderTheNameThatIsSet() {
        runner.withPropertyValues("election.fencing.jdbc.table=app_fence").run(context -> {
            guard(context, context.getBean(JdbcFence.class), 10);
            assertThat(new JdbcTemplate(context.getBean(DataSource.class))
                            .queryForList("SELECT token FROM app_fence", Long.class))
                    .containsExactly(10L);
        });
    }

    @Test
    void runsTheApplicationsOwnScript() {
        runner.withPropertyValues("election.fencing.jdbc.schema=classpath:own-@@platform@@.sql")
                .run(context -> {
                    guard(context, context.getBean(JdbcFence.class), 10);
                    assertThat(new JdbcTemplate(context.getBean(DataSource.class))
                                    .queryForObject(
                                            "SELECT COUNT(*) FROM made_by_the_applications_own_script", Long.class))
                            .isZero();
                });
    }

    @Test
    void guardsTheDataSourceThatIsNamed() {
        runner.withUserConfiguration(TwoDataSources.class)
                .withPropertyValues("election.fencing.jdbc.data-source=second")
                .run(context -> {
                    context.getBean(JdbcFence.class).inOwnTransaction().guard("orders", new FencingToken(10));
                    assertThat(tokens(context, "second")).containsExactly(10L);
                });
    }

    @Test
    void guardsThePrimaryDataSource() {
        runner.withUserConfiguration(PrimaryDataSource.class).run(context -> {
            context.getBean(JdbcFence.class).inOwnTransaction().guard("orders", new FencingToken(10));
            assertThat(tokens(context, "first")).containsExactly(10L);
        });
    }

    private static List<Long> tokens(ApplicationContext context, String dataSource) {
        return new JdbcTemplate(context.getBean(dataSource, DataSource.class))
                .queryForList("SELECT token FROM election_fence", Long.class);
    }

    @Test
    void takesThePlatformThatIsSet() {
        runner.withPropertyValues(
                        "election.fencing.jdbc.platform=mariadb", "election.fencing.jdbc.initialize-schema=never")
                .run(failsWith(
                        JdbcFence.class,
                        "'election.fencing.jdbc.table' is 'election_fence'",
                        "no such table",
                        "schema-mariadb.sql"));
    }

    @Test
    void waitsForItsRowAsLongAsIsSet() {
        for (Map.Entry<String, Integer> setting :
                Map.of("none=", 10, "election.fencing.jdbc.timeout=7s", 7).entrySet()) {
            runner.withUserConfiguration(Watched.class)
                    .withPropertyValues(setting.getKey())
                    .run(context -> {
                        guard(context, context.getBean(JdbcFence.class), 10);
                        assertThat(context.getBean(Watched.class).timeouts)
                                .as(setting.getKey())
                                .containsOnly(setting.getValue());
                    });
        }
    }

    /** A data source that tells how long its statements may take. */
    @Configuration(proxyBeanMethods = false)
    static class Watched {

        final Set<Integer> timeouts = new ConcurrentSkipListSet<>();

        @Bean
        DataSource watchedDataSource() {
            return new DelegatingDataSource(h2()) {
                @Override
                public Connection getConnection() throws SQLException {
                    return watched(Connection.class, super.getConnection());
                }
            };
        }

        private <T> T watched(Class<T> type, Object target) {
            return type.cast(Proxy.newProxyInstance(
                    Watched.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        if (method.getName().equals("setQueryTimeout")) {
                            timeouts.add((Integer) arguments[0]);
                        }
                        try {
                            Object answer = method.invoke(target, arguments);
                            return answer instanceof PreparedStatement
                                    ? watched(PreparedStatement.class, answer)
                                    : answer;
                        } catch (InvocationTargetException ex) {
                            throw ex.getCause();
                        }
                    }));
        }
    }

    @Test
    void saysThatNoDataSourceIsChosen() {
        runner.withUserConfiguration(TwoDataSources.class)
                .run(failsWith(
                        JdbcFence.class,
                        "'election.fencing.jdbc.data-source' is not set",
                        "more than one data source (first, second)",
                        "@Primary"));
        runner.withUserConfiguration(TwoDataSources.class)
                .withPropertyValues("election.fencing.jdbc.data-source=third")
                .run(failsWith(
                        JdbcFence.class,
                        "'election.fencing.jdbc.data-source' is 'third'",
                        "no data source with that name",
                        "first, second"));
    }

    @Test
    void saysThatTheTableIsMissing() {
        runner.withPropertyValues("election.fencing.jdbc.initialize-schema=never")
                .run(failsWith(
                        JdbcFence.class,
                        "'election.fencing.jdbc.table' is 'election_fence'",
                        "no such table",
                        "schema-h2.sql"));
    }

    @Test
    void saysThatTheDatabaseIsUnknown() {
        ApplicationContextRunner hsqldb =
                runner.withPropertyValues("spring.datasource.url=jdbc:hsqldb:mem:" + UUID.randomUUID());
        hsqldb.run(failsWith(
                JdbcFence.class,
                "'election.fencing.jdbc.platform' is not set",
                "calls itself 'HSQL Database Engine'",
                JdbcDialect.ids()));
        hsqldb.withPropertyValues("election.fencing.jdbc.platform=oracle")
                .run(failsWith(
                        JdbcFence.class,
                        "'election.fencing.jdbc.platform' is 'oracle'",
                        "no fence for that database",
                        "postgresql, mysql, mariadb, h2"));
    }

    @ParameterizedTest
    @CsvSource({
        "table, 'x; DROP TABLE y', letters, election_fence",
        "table, a.b.c, letters, election_fence",
        "timeout, 10ms, seconds, 10s"
    })
    void saysWhatIsWrongWithASetting(String name, String value, String reason, String action) {
        runner.withPropertyValues("election.fencing.jdbc." + name + "=" + value)
                .run(failsWith(
                        JdbcFence.class, "'election.fencing.jdbc." + name + "' is '" + value + "'", reason, action));
    }

    @Test
    void saysWhatIsWrongWithRedis() {
        runner.withPropertyValues("election.fencing.redis.key-prefix={app}:")
                .run(failsWith(
                        RedisFence.class, "'election.fencing.redis.key-prefix' is '{app}:'", "braces", "election:"));
        runner.withUserConfiguration(TwoConnectionFactories.class)
                .run(failsWith(
                        RedisFence.class,
                        "'election.fencing.redis.connection-factory' is not set",
                        "(one, two)",
                        "@Primary"));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "guards[0].path, -, needs the path, election.fencing.http.guards[0].resource=x",
                "guards[0].path, orders, needs the path, election.fencing.http.guards[0].path=orders",
                "guards[0].path, /a/{, '', election.fencing.http.guards[0].path=/a/{",
                "guards[0].resource, -, needs the name, election.fencing.http.guards[0].path=/a",
                "guards[0].resource, a b, visible ASCII, election.fencing.http.guards[0].resource=a b",
                "guards[0].resource, a-{id}, does not have, election.fencing.http.guards[0].resource=a-{id}",
            })
    void saysWhatIsWrongWithAGuard(String name, String value, String reason, String property) {
        WebApplicationContextRunner wrong = servlet.withPropertyValues("election.fencing.http.memory=process");
        wrong = name.endsWith("path") || value == null ? wrong : wrong.withPropertyValues(guards());
        wrong.withPropertyValues(
                        name.endsWith("path") && value != null
                                ? "election.fencing.http.guards[0].resource=x"
                                : "ignored=true",
                        property)
                .run(failsAtStartWith(
                        "'election.fencing.http." + name + "' is " + (value == null ? "not set" : "'" + value + "'"),
                        reason,
                        "like"));
    }

    @Test
    void saysThatTheMemoryIsNotChosen() {
        servlet.withPropertyValues(guards())
                .run(failsAtStartWith("'election.fencing.http.memory' is not set", "two fences", "jdbc or redis"));
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(HttpFenceFilterAutoConfiguration.class))
                .withPropertyValues(guards())
                .run(failsAtStartWith("'election.fencing.http.memory' is not set", "neither", "process"));
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(HttpFenceFilterAutoConfiguration.class))
                .withPropertyValues(guards("election.fencing.http.memory=redis"))
                .run(failsAtStartWith("'election.fencing.http.memory' is 'redis'", "no Redis connection", "process"));
        servlet.withPropertyValues(guards("election.fencing.http.memory=jdbc"))
                .run(context -> assertThat(context).hasNotFailed());
        servlet.withPropertyValues(guards("election.fencing.http.memory=redis"))
                .run(context -> assertThat(context).hasNotFailed());
    }

    /** The bean is made when it is asked for; an application that injects it fails at its start the same way. */
    private static ContextConsumer<ApplicationContext> failsWith(
            Class<?> bean, String property, String reason, String action) {
        return context -> {
            try {
                context.getBean(bean);
            } catch (RuntimeException ex) {
                assertAnalysis(ex, property, reason, action);
                return;
            }
            throw new AssertionError("made");
        };
    }

    private static ContextConsumer<AssertableWebApplicationContext> failsAtStartWith(
            String property, String reason, String action) {
        return context -> assertAnalysis(context.getStartupFailure(), property, reason, action);
    }

    private static void assertAnalysis(Throwable failure, String property, String reason, String action) {
        assertThat(failure).as("failure").isNotNull();
        FailureAnalysis analysis = new InvalidElectionConfigurationFailureAnalyzer(null).analyze(failure);
        assertThat(analysis).as("analysis of %s", failure).isNotNull();
        assertThat(analysis.getDescription()).contains(property).contains(reason);
        assertThat(analysis.getAction()).contains(action);
    }

    private static DataSource h2() {
        return new DriverManagerDataSource("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoDataSources {

        @Bean
        DataSource first() {
            return h2();
        }

        @Bean
        DataSource second() {
            return h2();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PrimaryDataSource {

        @Bean
        @Primary
        DataSource first() {
            return h2();
        }

        @Bean
        DataSource second() {
            return h2();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoConnectionFactories {

        @Bean
        RedisConnectionFactory one() {
            return new LettuceConnectionFactory();
        }

        @Bean
        RedisConnectionFactory two() {
            return new LettuceConnectionFactory() {
                @Override
                public RedisConnection getConnection() {
                    throw new IllegalStateException("connection of 'two'");
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFences {

        @Bean
        JdbcFence ownJdbc(DataSource dataSource) {
            return new JdbcFence(dataSource);
        }

        @Bean
        RedisFence ownRedis(RedisConnectionFactory connections) {
            return new RedisFence(connections);
        }
    }
}
