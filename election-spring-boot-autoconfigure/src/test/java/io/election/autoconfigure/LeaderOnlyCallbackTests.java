package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.LeaderOnly;
import io.election.NotLeaderException;
import io.election.leaderonly.InvalidLeaderOnlyException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.BeanNameAware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.Ordered;

/**
 * What the container calls on a bean itself passes no proxy: {@link LeaderOnly} there, or on the type, would run on every
 * member, so it stops the start before it has run.
 */
class LeaderOnlyCallbackTests {

    /** What ran although nobody leads. */
    private static final List<String> RAN = new CopyOnWriteArrayList<>();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
            .withBean("aName", String.class, () -> "n")
            // Nobody leads.
            .withPropertyValues("election.enabled=false", "election.when-disabled=follower");

    @BeforeEach
    void nothingRan() {
        RAN.clear();
    }

    // ------------------------------------------------------------------------------------------------ on the method

    static class PostConstructed {
        @LeaderOnly
        @PostConstruct
        void warmUp() {
            RAN.add("warmUp");
        }
    }

    static class PreDestroyed {
        @LeaderOnly
        @PreDestroy
        void tidy() {
            RAN.add("tidy");
        }
    }

    static class AfterProperties implements InitializingBean {
        @LeaderOnly
        @Override
        public void afterPropertiesSet() {
            RAN.add("afterPropertiesSet");
        }
    }

    static class Destroyed implements DisposableBean {
        @LeaderOnly
        @Override
        public void destroy() {
            RAN.add("destroy");
        }
    }

    static class Closed implements AutoCloseable {
        @LeaderOnly
        @Override
        public void close() {
            RAN.add("close");
        }
    }

    static class AutowiredMethod {
        @LeaderOnly
        @Autowired
        void migrate(String name) {
            RAN.add("migrate");
        }
    }

    static class ResourceMethod {
        @LeaderOnly
        @Resource(name = "aName")
        void setName(String name) {
            RAN.add("setName");
        }
    }

    static class ValueMethod {
        @LeaderOnly
        @Value("x")
        void setValue(String value) {
            RAN.add("setValue");
        }
    }

    static class AwareMethod implements BeanNameAware {
        @LeaderOnly
        @Override
        public void setBeanName(String name) {
            RAN.add("setBeanName");
        }
    }

    static class Factory implements FactoryBean<Object> {
        @LeaderOnly
        @Override
        public Object getObject() {
            RAN.add("getObject");
            return new Object();
        }

        @Override
        public Class<?> getObjectType() {
            return Object.class;
        }
    }

    // ------------------------------------------------------------------------------------------------ inherited

    static class InheritsPostConstruct extends PostConstructed {}

    static class OverridesPostConstruct extends PostConstructed {
        @Override
        void warmUp() {
            RAN.add("overridden");
        }
    }

    interface Warm extends InitializingBean {
        @LeaderOnly
        @Override
        default void afterPropertiesSet() {
            RAN.add("default");
        }
    }

    static class ByDefaultMethod implements Warm {}

    interface MarkedContract {
        @LeaderOnly
        void warmUp();
    }

    static class MarkedByContract implements MarkedContract {
        @PostConstruct
        @Override
        public void warmUp() {
            RAN.add("byContract");
        }
    }

    // ------------------------------------------------------------------------------------------------ on the type

    @LeaderOnly
    static class MarkedPostConstruct {
        @PostConstruct
        void warmUp() {
            RAN.add("marked");
        }
    }

    @LeaderOnly
    static class MarkedPrivatePostConstruct {
        @PostConstruct
        private void warmUp() {
            RAN.add("private");
        }
    }

    static class InheritsMark extends MarkedBase implements InitializingBean {
        @Override
        public void afterPropertiesSet() {
            RAN.add("afterPropertiesSet");
        }
    }

    @LeaderOnly
    static class MarkedBase {}

    @LeaderOnly
    static class MarkedDestroyed implements DisposableBean {
        @Override
        public void destroy() {
            RAN.add("destroy");
        }
    }

    @LeaderOnly
    static class MarkedClosed implements AutoCloseable {
        @Override
        public void close() {
            RAN.add("close");
        }
    }

    @LeaderOnly
    static class MarkedAutowired {
        @Autowired
        void migrate(String name) {
            RAN.add("migrate");
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                PostConstructed.class,
                PreDestroyed.class,
                AfterProperties.class,
                Destroyed.class,
                Closed.class,
                AutowiredMethod.class,
                ResourceMethod.class,
                ValueMethod.class,
                AwareMethod.class,
                Factory.class,
                InheritsPostConstruct.class,
                OverridesPostConstruct.class,
                ByDefaultMethod.class,
                MarkedByContract.class,
                MarkedPostConstruct.class,
                MarkedPrivatePostConstruct.class,
                InheritsMark.class,
                MarkedDestroyed.class,
                MarkedClosed.class,
                MarkedAutowired.class
            })
    void stopsTheStartBeforeItRan(Class<?> type) {
        assertStops(runner.withBean("orders", type));
        assertStops(runner.withInitializer(context -> ((GenericApplicationContext) context)
                .registerBean("orders", type, definition -> definition.setLazyInit(true))));
    }

    private static void assertStops(ApplicationContextRunner runner) {
        runner.run(context -> {
            assertThat(RAN).isEmpty();
            assertThat(invalid(context.getStartupFailure()).getMessage())
                    .contains("'orders'")
                    .contains("the container calls it on the bean itself")
                    .contains("LeaderElectedEvent")
                    .contains("LeaderBound");
        });
        assertThat(RAN).isEmpty();
    }

    private static InvalidLeaderOnlyException invalid(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidLeaderOnlyException found) {
                return found;
            }
        }
        throw new AssertionError("the start was not stopped as expected", failure);
    }

    @Test
    void saysWhatIsWrongAndWhatToDo() {
        runner.withBean("orders", MarkedPostConstruct.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()))
                        .hasMessage("Method " + MarkedPostConstruct.class.getName()
                                + ".warmUp of bean 'orders' is for the leader only, by the @LeaderOnly on its type, but has"
                                + " @PostConstruct: the container calls it on the bean itself and not on its proxy, so it"
                                + " would run on every member. Start such work in a listener of"
                                + " LeaderElectedEvent and end it in one of StepDownEvent, or let a LeaderBound start and"
                                + " stop a component that does it. If every member may run this method, put @LeaderOnly on"
                                + " the others instead of the type."));
    }

    @LeaderOnly
    static class MarkedSetter {
        @Autowired
        void setName(String name) {}
    }

    @Test
    void saysHowElseToInject() {
        runner.withBean("orders", MarkedSetter.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getAction())
                        .endsWith(" If it only receives a dependency, inject that through the constructor or into a"
                                + " field."));
    }

    // ------------------------------------------------------------------------------------------------ by the
    // definition

    public static class Plain {
        @LeaderOnly
        public void init() {
            RAN.add("init");
        }

        public void other() {}
    }

    public static class Closing {
        @LeaderOnly
        public void close() {
            RAN.add("close");
        }
    }

    @LeaderOnly
    public static class MarkedShutdown {
        public void shutdown() {
            RAN.add("shutdown");
        }
    }

    public static class Setting {
        @LeaderOnly
        public void setName(String name) {
            RAN.add("setName");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class InitMethod {
        @Bean(initMethod = "init")
        Plain orders() {
            return new Plain();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class DestroyMethod {
        @Bean(destroyMethod = "init")
        Plain orders() {
            return new Plain();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class InferredClose {
        @Bean
        Closing orders() {
            return new Closing();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class InferredShutdown {
        @Bean
        MarkedShutdown orders() {
            return new MarkedShutdown();
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {InitMethod.class, DestroyMethod.class, InferredClose.class, InferredShutdown.class})
    void stopsTheStartForInitAndDestroyMethodsOfTheDefinition(Class<?> configuration) {
        assertStops(runner.withUserConfiguration(configuration));
    }

    @Test
    void stopsTheStartForASetterThatTheDefinitionCalls() {
        assertStops(runner.withInitializer(context -> ((GenericApplicationContext) context)
                .registerBean(
                        "orders",
                        Setting.class,
                        definition -> definition.getPropertyValues().add("name", "x"))));
    }

    // ------------------------------------------------------------------------------------------------ what is accepted

    @Configuration(proxyBeanMethods = false)
    static class NobodyClosesIt {

        @Bean(destroyMethod = "")
        Closing kept() {
            return new Closing();
        }

        @Bean
        @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
        Closing prototype() {
            return new Closing();
        }

        @Bean
        Plain calledByNobody() {
            return new Plain();
        }
    }

    @LeaderOnly
    static class MarkedButGivenReferences implements ApplicationContextAware, Ordered {

        private @Nullable ApplicationContext given;

        @Override
        public void setApplicationContext(ApplicationContext context) {
            given = context;
        }

        @Override
        public int getOrder() {
            return 7;
        }

        boolean work() {
            return given != null;
        }

        @Override
        public String toString() {
            return "orders";
        }
    }

    static class OthersAreMarked {

        @PostConstruct
        void warmUp() {
            RAN.add("warmUp");
        }

        @Autowired
        void setName(String name) {}

        @LeaderOnly
        void work() {}
    }

    @Test
    void whatNobodyCallsAndWhatOnlyTakesAReferenceIsNoFault() {
        runner.withUserConfiguration(NobodyClosesIt.class)
                .withBean(MarkedButGivenReferences.class)
                .withBean(OthersAreMarked.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(RAN).containsExactly("warmUp");
                    assertThatThrownBy(context.getBean(MarkedButGivenReferences.class)::work)
                            .isInstanceOf(NotLeaderException.class);
                    assertThatThrownBy(context.getBean(OthersAreMarked.class)::work)
                            .isInstanceOf(NotLeaderException.class);
                });
    }

    @Test
    void aMarkedTypeAnswersOnEveryMemberWhatIsNoWork() {
        runner.withBean(MarkedButGivenReferences.class).run(context -> {
            MarkedButGivenReferences bean = context.getBean(MarkedButGivenReferences.class);
            assertThat(bean.getOrder()).isEqualTo(7);
            assertThat(bean).hasToString("orders");
            assertThat(bean.equals(bean)).isTrue();
        });
    }
}
