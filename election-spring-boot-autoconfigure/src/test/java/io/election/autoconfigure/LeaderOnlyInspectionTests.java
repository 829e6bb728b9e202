package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.LeaderOnly;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import io.election.autoconfigure.otherpackage.PackagePrivateBase;
import io.election.leaderonly.InvalidLeaderOnlyException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.Scheduled;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What could not be held to {@link LeaderOnly} stops the start, with a sentence that says what to do. */
class LeaderOnlyInspectionTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class));

    static class PrivateMethod {
        @LeaderOnly
        private void close() {}

        void use() {
            close();
        }
    }

    static class StaticMethod {
        @LeaderOnly
        static void close() {}
    }

    static class FinalMethod {
        @LeaderOnly
        final void close() {}
    }

    static class InheritedFinalMethod extends FinalMethod {}

    static final class FinalClass {
        @LeaderOnly
        void close() {}
    }

    record ARecord(String name) {
        @LeaderOnly
        void close() {}
    }

    @LeaderOnly
    static final class FinalType {
        void close() {}
    }

    @LeaderOnly
    static class TypeWithFinalMethod {
        final void close() {}
    }

    /** In another package than the method. */
    static class InheritsPackagePrivate extends PackagePrivateBase.Marked {}

    @LeaderOnly
    static class InheritsPackagePrivateJob extends PackagePrivateBase.Unmarked {}

    static class ReturnsMono {
        @LeaderOnly
        Mono<String> close() {
            return Mono.empty();
        }
    }

    @LeaderOnly
    static class TypeReturnsFlux {
        Flux<String> close() {
            return Flux.empty();
        }
    }

    static class ReturnsPublisher {
        @LeaderOnly
        Flow.@Nullable Publisher<String> close() {
            return null;
        }
    }

    static class ReturnsFuture {
        @LeaderOnly
        Future<String> close() {
            return CompletableFuture.completedFuture("x");
        }
    }

    static class OwnStage extends CompletableFuture<String> {}

    static class ReturnsOwnStage {
        @LeaderOnly
        OwnStage close() {
            return new OwnStage();
        }
    }

    static class SkipsAResult {
        @LeaderOnly(skip = true)
        String close() {
            return "x";
        }
    }

    static class CatchesUpUnscheduled {
        @LeaderOnly(catchUp = "1m")
        void close() {}
    }

    static class CatchesUpNonsense {
        @LeaderOnly(catchUp = "soon")
        @Scheduled(fixedRate = 100_000)
        void close() {}
    }

    static class ListensToItsEnd {
        @LeaderOnly
        @EventListener
        void on(StepDownEvent event) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class MakesABean {
        @Bean
        @LeaderOnly
        String aBean() {
            return "x";
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                PrivateMethod.class,
                StaticMethod.class,
                FinalMethod.class,
                InheritedFinalMethod.class,
                FinalClass.class,
                ARecord.class,
                FinalType.class,
                TypeWithFinalMethod.class,
                InheritsPackagePrivate.class,
                InheritsPackagePrivateJob.class,
                ReturnsMono.class,
                TypeReturnsFlux.class,
                ReturnsPublisher.class,
                ReturnsFuture.class,
                ReturnsOwnStage.class,
                SkipsAResult.class,
                CatchesUpUnscheduled.class,
                CatchesUpNonsense.class,
                ListensToItsEnd.class,
                MakesABean.class
            })
    void stopsTheStart(Class<?> type) {
        assertStops(runner.withBean("aName", String.class, () -> "n").withBean("orders", type), type);
        assertStops(
                runner.withBean("aName", String.class, () -> "n")
                        .withInitializer(context -> ((GenericApplicationContext) context)
                                .registerBean("orders", type, definition -> definition.setLazyInit(true))),
                type);
    }

    private static void assertStops(ApplicationContextRunner runner, Class<?> type) {
        runner.run(context -> {
            InvalidLeaderOnlyException failure = invalid(context.getStartupFailure());
            assertThat(failure.getDescription())
                    .contains("'orders'")
                    .contains(
                            type.getSuperclass() == FinalMethod.class
                                    ? FinalMethod.class.getSimpleName()
                                    : type.getSimpleName());
            FailureAnalysis analysis = new InvalidLeaderOnlyFailureAnalyzer().analyze(failure);
            assertThat(analysis).isNotNull();
            assertThat(analysis.getDescription()).isEqualTo(failure.getDescription());
            assertThat(analysis.getAction()).isEqualTo(failure.getAction()).endsWith(".");
        });
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
        runner.withBean("orders", FinalMethod.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()))
                        .hasMessage("Method " + FinalMethod.class.getName()
                                + ".close of bean 'orders' is for the leader only,"
                                + " but is final, so no proxy can guard it. Make it neither private, final nor"
                                + " static, or call Leadership.callWhileLeading in it instead."));
    }

    @Test
    void aMethodThatIsPartOfNoInterfaceStopsTheStartOfAnInterfaceProxy() {
        runner.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean("orders", HalfAnInterface.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getDescription())
                        .contains("no interface declares it"));
    }

    interface Half {
        void one();
    }

    static class HalfAnInterface implements Half {
        @Override
        public void one() {}

        @LeaderOnly
        public void two() {}
    }

    // ------------------------------------------------------------------------------------------------ made too early

    static final class EarlyProcessor implements BeanPostProcessor, PriorityOrdered {

        @Override
        public int getOrder() {
            return 0;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NeededEarly {

        @Bean
        static Whole orders() {
            return new Whole();
        }

        @Bean
        static EarlyProcessor early(Whole orders) {
            return new EarlyProcessor();
        }
    }

    static class Whole {
        @LeaderOnly
        void close() {}
    }

    @Test
    void aBeanThatIsMadeBeforeItCouldBeGuardedStopsTheStart() {
        runner.withUserConfiguration(NeededEarly.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getDescription())
                        .contains("'orders'")
                        .contains("was created too early for a proxy"));
    }

    static class WholeFactory implements FactoryBean<Whole> {

        @Override
        public Whole getObject() {
            return new Whole();
        }

        @Override
        public Class<?> getObjectType() {
            return Whole.class;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ProductNeededEarly {

        @Bean
        static WholeFactory orders() {
            return new WholeFactory();
        }

        @Bean
        static EarlyProcessor early(@Qualifier("orders") Whole orders) {
            return new EarlyProcessor();
        }
    }

    @Test
    void aProductOfAFactoryBeanThatIsMadeBeforeItCouldBeGuardedStopsTheStart() {
        runner.withUserConfiguration(ProductNeededEarly.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getDescription())
                        .contains("'orders'")
                        .contains("was created too early for a proxy"));
    }

    static class FinalClassFactory implements FactoryBean<FinalClass> {

        @Override
        public FinalClass getObject() {
            return new FinalClass();
        }

        @Override
        public Class<?> getObjectType() {
            return FinalClass.class;
        }
    }

    @Test
    void aProductOfAFactoryBeanThatCannotBeGuardedStopsTheStartAndNotItsFirstUse() {
        runner.withBean("orders", FinalClassFactory.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getDescription())
                        .contains("'orders'", FinalClass.class.getName(), "is final"));
    }

    @Test
    void aProductOfAFactoryBeanIsGuarded() {
        runner.withBean("orders", WholeFactory.class)
                .withPropertyValues("election.enabled=false", "election.when-disabled=follower")
                .run(context -> assertThatThrownBy(
                                () -> context.getBean(Whole.class).close())
                        .isInstanceOf(NotLeaderException.class));
    }

    @Test
    void anObjectThatIsRegisteredWithoutADefinitionStopsTheStart() {
        runner.withInitializer(context -> context.getBeanFactory().registerSingleton("orders", new Whole()))
                .run(context -> {
                    InvalidLeaderOnlyException failure = invalid(context.getStartupFailure());
                    assertThat(failure.getDescription())
                            .contains("'orders'", Whole.class.getName(), "was registered as a finished object");
                    assertThat(failure.getAction()).contains("registerBean");
                });
    }

    @Test
    void aMockThatIsRegisteredWithoutADefinitionIsNoFault() {
        runner.withInitializer(
                        context -> context.getBeanFactory().registerSingleton("orders", Mockito.mock(Whole.class)))
                .run(context -> assertThat(context).hasNotFailed());
    }

    static class OneOfTwo {
        @Autowired
        OtherOfTwo other;

        @LeaderOnly
        @Scheduled(fixedRate = 100_000)
        void close() {}
    }

    static class OtherOfTwo {
        @Autowired
        OneOfTwo one;
    }

    static class LazyOfTwo {
        @Autowired
        @Lazy
        OneOfTwoWithLazy one;
    }

    static class OneOfTwoWithLazy {
        @Autowired
        LazyOfTwo other;

        @LeaderOnly
        void close() {}
    }

    @Test
    void aBeanInACircleStopsTheStart() {
        runner.withAllowCircularReferences(true)
                .withBean("orders", OneOfTwo.class)
                .withBean(OtherOfTwo.class)
                .run(context -> {
                    InvalidLeaderOnlyException failure = invalid(context.getStartupFailure());
                    assertThat(failure.getDescription())
                            .contains(
                                    "'orders'",
                                    OneOfTwo.class.getName(),
                                    "a circle of beans that depend on each other");
                    assertThat(failure.getAction()).contains("@Lazy");
                });
    }

    @Test
    void aCircleThatIsBrokenByALazyBeanIsNoFault() {
        runner.withAllowCircularReferences(true)
                .withPropertyValues("election.enabled=false", "election.when-disabled=follower")
                .withBean(OneOfTwoWithLazy.class)
                .withBean(LazyOfTwo.class)
                .run(context -> assertThatThrownBy(context.getBean(LazyOfTwo.class).one::close)
                        .isInstanceOf(NotLeaderException.class));
    }

    // ------------------------------------------------------------------------------------------------ what is accepted

    @LeaderOnly
    static class ExtendsALibrarysClass extends PackagePrivateBase.Library {
        void close() {}
    }

    @Test
    void whatOnlyTheLibraryCallsThatATypeExtendsIsNoFault() {
        runner.withBean("orders", ExtendsALibrarysClass.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    interface Archive {
        @LeaderOnly
        void store();
    }

    @LeaderOnly
    interface ForTheLeader {
        void run();
    }

    static class Inherited {

        private final AtomicInteger calls = new AtomicInteger();

        public void store() {
            calls.incrementAndGet();
        }

        AtomicInteger calls() {
            return calls;
        }
    }

    /** Implements the interface by what a class has that does not implement it. */
    static class ImplementsByInheritance extends Inherited implements Archive {}

    @Test
    void aMethodThatImplementsAMarkedOneByInheritanceIsGuarded() {
        ApplicationContextRunner follower = runner.withBean(ImplementsByInheritance.class)
                .withPropertyValues("election.enabled=false", "election.when-disabled=follower");
        follower.run(context -> {
            Archive archive = context.getBean(Archive.class);
            assertThatThrownBy(archive::store).isInstanceOf(NotLeaderException.class);
            assertThat(((Inherited) archive).calls()).hasValue(0);
        });
        follower.withPropertyValues("spring.aop.proxy-target-class=false")
                .run(context -> assertThatThrownBy(context.getBean(Archive.class)::store)
                        .as("by a proxy of the interfaces")
                        .isInstanceOf(NotLeaderException.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class WithoutAClassOfTheirOwn {
        @Bean
        ForTheLeader lambda(AtomicInteger calls) {
            return calls::incrementAndGet;
        }

        @Bean
        Archive archive(AtomicInteger calls) {
            return (Archive) Proxy.newProxyInstance(
                    Archive.class.getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("store")) {
                            calls.incrementAndGet();
                            return null;
                        }
                        return method.invoke(calls, arguments);
                    });
        }
    }

    @Test
    void aLambdaAndAProxyOfAnotherLibraryAreGuarded() {
        AtomicInteger calls = new AtomicInteger();
        ApplicationContextRunner with =
                runner.withBean(AtomicInteger.class, () -> calls).withUserConfiguration(WithoutAClassOfTheirOwn.class);
        with.withPropertyValues("election.enabled=false", "election.when-disabled=follower")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThatThrownBy(context.getBean(ForTheLeader.class)::run).isInstanceOf(NotLeaderException.class);
                    assertThatThrownBy(context.getBean(Archive.class)::store).isInstanceOf(NotLeaderException.class);
                    assertThat(calls).hasValue(0);
                });
        with.withPropertyValues("election.enabled=false", "election.when-disabled=leader")
                .run(context -> {
                    context.getBean(ForTheLeader.class).run();
                    context.getBean(Archive.class).store();
                    assertThat(calls).hasValue(2);
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Mocked {
        @Bean
        static Whole orders() {
            return Mockito.mock(Whole.class);
        }

        @Bean
        static EarlyProcessor early(Whole orders) {
            return new EarlyProcessor();
        }
    }

    @Test
    void aTestsStandInIsNoFault() {
        runner.withUserConfiguration(Mocked.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Configuration
    static class FullConfiguration {

        @Scheduled(fixedRate = 100_000)
        @LeaderOnly(catchUp = "PT1M")
        void tick() {}

        @Bean
        List<String> names() {
            return List.of("x");
        }
    }

    @LeaderOnly
    static class WithHiddenHelpers {

        private final void hidden() {}

        static void nobodysBean() {}

        void close() {
            hidden();
            nobodysBean();
        }
    }

    static class AsyncFuture {
        @Async
        @LeaderOnly
        Future<String> close() {
            return CompletableFuture.completedFuture("x");
        }
    }

    @Test
    void configurationsPrivateHelpersOfATypeAndAsyncFuturesAreNoFault() {
        runner.withUserConfiguration(FullConfiguration.class)
                .withBean(WithHiddenHelpers.class)
                .withBean(AsyncFuture.class)
                .run(context -> assertThat(context).hasNotFailed());
    }
}
