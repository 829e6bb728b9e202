package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.StepDownReason;
import io.election.test.OrdersApplication.OrderConsumer;
import io.election.test.OrdersApplication.Recorder;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

/** Each test method begins alike, whatever the one before it did. */
class InitialLeadershipTests {

    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @AutoConfigureTestLeadership(leading = true)
    abstract static class Leading {}

    /** The annotation is inherited, and known to nested classes. */
    @Nested
    class WhereItLeads extends Leading {

        static FencingToken latest;

        @Autowired
        TestLeadership leadership;

        @Autowired
        Recorder recorder;

        @Autowired
        OrderConsumer consumer;

        FencingToken before;

        @BeforeEach
        void leadsAlready() {
            before = leadership.fencingToken();
        }

        @RepeatedTest(3)
        void isElectedAnewBeforeEachMethod() {
            assertThat(leadership.fencingToken()).isEqualTo(before);
            assertThat(consumer.isRunning()).isTrue();
            if (latest != null) {
                assertThat(before).isGreaterThan(latest);
            }
            latest = before;
            List<String> told = recorder.told();
            assertThat(told.subList(told.size() - 2, told.size())).containsExactly("=node-1", "+" + leadership.term());
        }

        @Nested
        class Within {

            @Test
            void leadsToo(@Autowired Leadership nested) {
                assertThat(nested.isLeader()).isTrue();
            }
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @AutoConfigureTestLeadership
    class WhereItFollows {

        @RepeatedTest(3)
        void followsNobodyAndOwesNothing(
                @Autowired TestLeadership leadership, @Autowired Recorder recorder, @Autowired OrderConsumer consumer) {
            assertThat(leadership.isLeader()).isFalse();
            assertThat(leadership.state().leaderId()).isNull();
            assertThat(consumer.isRunning()).isFalse();
            long elected = recorder.told().stream()
                    .filter(told -> told.startsWith("+"))
                    .count();
            long ended = recorder.told().stream()
                    .filter(told -> told.startsWith("-"))
                    .count();
            assertThat(ended).isEqualTo(elected);
            // Left behind: a leadership, and work that was never ended.
            leadership.grant();
            LeaderWork forgotten = leadership.beginWork();
            leadership.revoke(StepDownReason.REQUESTED);
            assertThat(forgotten.stillHolds()).isTrue();
        }

        @RepeatedTest(2)
        void knowsNoLeaderOfAnEarlierTest(@Autowired TestLeadership leadership) {
            assertThat(leadership.state().leaderId()).isNull();
            leadership.grantTo("node-2");
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "election.test.leading=true")
    class WhereAPropertySaysSo {

        @Test
        void leads(@Autowired Leadership leadership) {
            assertThat(leadership.isLeader()).isTrue();
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "election.test.leading=true")
    @AutoConfigureTestLeadership
    class WhereTheAnnotationSaysOtherwise {

        @Test
        void follows(@Autowired Leadership leadership) {
            assertThat(leadership.isLeader()).isFalse();
        }
    }
}
