package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.election.FencingToken;
import io.election.test.OrdersApplication.OrderConsumer;
import io.election.test.OrdersApplication.Recorder;
import io.election.test.SmallService.Pauseable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;

/** Runs test classes one after the other, as a build does, and looks at the contexts that they find in the cache. */
class ContextCacheTests {

    /** What the classes below saw, in the order in which they did. */
    static final List<Object> seen = new ArrayList<>();

    @BeforeEach
    void forget() {
        seen.clear();
    }

    private static void run(Class<?>... classes) {
        ClassSelector[] selectors = new ClassSelector[classes.length];
        for (int i = 0; i < classes.length; i++) {
            selectors[i] = selectClass(classes[i]);
        }
        EngineExecutionResults results = EngineTestKit.engine("junit-jupiter")
                .configurationParameter(
                        "junit.jupiter.testclass.order.default", ClassOrderer.OrderAnnotation.class.getName())
                .selectors(selectors)
                .execute();
        // What fails before the first method of a class is no test's failure.
        assertThat(results.allEvents().failed().stream().map(event -> String.valueOf(event.getPayload())))
                .isEmpty();
        assertThat(results.testEvents().succeeded().count()).isGreaterThanOrEqualTo(classes.length);
    }

    // ------------------------------------------------------------------------------------------------ one context

    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "context=shared")
    abstract static class Shared {

        @Test
        @Order(1)
        void leavesAnythingBehind(@Autowired ApplicationContext context, @Autowired TestLeadership leadership) {
            seen.add(context);
            seen.add(leadership.isLeader());
            seen.add(leadership.grant());
            leadership.grantTo("node-2");
            leadership.grant();
        }

        @Test
        @Order(2)
        void beginsAsTheAnnotationSays(@Autowired ApplicationContext context, @Autowired TestLeadership leadership) {
            seen.add(context);
            seen.add(leadership.isLeader());
            seen.add(leadership.grant());
        }
    }

    @Order(1)
    @AutoConfigureTestLeadership
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class First extends Shared {}

    @Order(2)
    @AutoConfigureTestLeadership(leading = true)
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Second extends Shared {}

    @Order(3)
    @AutoConfigureTestLeadership
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Third extends Shared {}

    @Test
    void classesThatWantTheSameShareOneContextAndBeginAlikeWithTermsThatRise() {
        run(First.class, Second.class, Third.class);

        assertThat(seen).hasSize(18);
        assertThat(seen.stream().filter(ApplicationContext.class::isInstance).distinct())
                .as("contexts")
                .hasSize(1);
        assertThat(seen.stream().filter(Boolean.class::isInstance))
                .containsExactly(false, false, true, true, false, false);
        List<FencingToken> tokens = seen.stream()
                .filter(FencingToken.class::isInstance)
                .map(FencingToken.class::cast)
                .toList();
        assertThat(tokens).hasSize(6).isSorted().doesNotHaveDuplicates();
    }

    @Order(2)
    static class Elsewhere extends Another {

        @Test
        void grants(@Autowired TestLeadership leadership) {
            seen.add(leadership.grant());
        }
    }

    @Test
    void tokensRiseFromOneContextToTheNextAndBack() {
        run(First.class, Elsewhere.class, Third.class);

        List<FencingToken> tokens = seen.stream()
                .filter(FencingToken.class::isInstance)
                .map(FencingToken.class::cast)
                .toList();
        assertThat(tokens).hasSize(5).isSorted().doesNotHaveDuplicates();
        assertThat(seen.get(seen.size() - 3))
                .as("the context that came back")
                .isInstanceOf(ApplicationContext.class)
                .isSameAs(seen.get(0));
    }

    // ------------------------------------------------------------------------------------------------ one that is
    // paused

    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "context=paused")
    @AutoConfigureTestLeadership(leading = true)
    abstract static class Paused {}

    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "context=another")
    abstract static class Another {

        @Test
        void needsAnotherContext(@Autowired Pauseable another) {
            assertThat(another.calls()).first().isEqualTo("start");
        }
    }

    @Order(1)
    static class LeadsAndIsPutAside extends Paused {

        @Test
        void leads(
                @Autowired TestLeadership leadership, @Autowired OrderConsumer consumer, @Autowired Pauseable paused) {
            assertThat(consumer.isRunning()).isTrue();
            seen.add(consumer);
            seen.add(paused);
        }
    }

    @Order(2)
    static class Between extends Another {}

    @Order(3)
    static class IsTakenUpAgain extends Paused {

        @BeforeAll
        static void nothingHasStarted(
                @Autowired TestLeadership leadership, @Autowired OrderConsumer consumer, @Autowired Pauseable paused) {
            assertThat(paused.calls()).as("the context was paused").containsExactly("start", "stop", "start");
            assertThat(leadership.isLeader()).isFalse();
            assertThat(consumer.isRunning()).isFalse();
            assertThat(consumer.calls()).containsExactly("start", "stop");
        }

        @Test
        void leadsAgain(@Autowired OrderConsumer consumer, @Autowired Recorder recorder) {
            assertThat(consumer.calls()).containsExactly("start", "stop", "start");
            assertThat(recorder.told().stream().filter(told -> told.startsWith("+")))
                    .hasSize(2);
        }
    }

    @Test
    void aContextThatIsPausedAndResumedStartsNothingOnAFollower() {
        run(LeadsAndIsPutAside.class, Between.class, IsTakenUpAgain.class);
    }

    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "context=paused while leading")
    @AutoConfigureTestLeadership
    abstract static class PausedWhileLeading {}

    @Order(1)
    static class GrantsAtItsEnd extends PausedWhileLeading {

        @AfterAll
        static void grant(@Autowired TestLeadership leadership) {
            seen.add(leadership.grant());
        }

        @Test
        void follows(@Autowired OrderConsumer consumer) {
            assertThat(consumer.isRunning()).isFalse();
        }
    }

    @Order(3)
    static class IsTakenUpWhileLeading extends PausedWhileLeading {

        @BeforeAll
        static void nothingWasLost(
                @Autowired TestLeadership leadership,
                @Autowired OrderConsumer consumer,
                @Autowired Recorder recorder,
                @Autowired Pauseable paused) {
            assertThat(paused.calls()).as("the context was paused").containsExactly("start", "stop", "start");
            assertThat(leadership.fencingToken()).isEqualTo(seen.get(0));
            assertThat(consumer.isRunning()).isTrue();
            assertThat(consumer.calls()).containsExactly("start");
            assertThat(recorder.told()).containsExactly("=node-1", "+" + leadership.term());
        }

        @Test
        void beginsAsTheAnnotationSays(@Autowired TestLeadership leadership, @Autowired OrderConsumer consumer) {
            assertThat(leadership.isLeader()).isFalse();
            assertThat(consumer.calls()).containsExactly("start", "stop");
        }
    }

    @Test
    void aContextThatIsPausedAndResumedWhileLeadingLeadsOn() {
        run(GrantsAtItsEnd.class, Between.class, IsTakenUpWhileLeading.class);
    }
}
