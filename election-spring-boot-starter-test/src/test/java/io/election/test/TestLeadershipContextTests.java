package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.election.HandoverResult;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.StepDownReason;
import io.election.core.Journal;
import io.election.journal.MemoryJournal;
import io.election.node.ElectionNode;
import io.election.peer.PeerTransport;
import io.election.test.OrdersApplication.Recorder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.Mockito;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

/** Which contexts get a leadership in their tests' hands, and from when to when it can be granted. */
class TestLeadershipContextTests {

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = {"spring.config.name=none", "spring.main.cloud-platform=kubernetes"})
    @ExtendWith(OutputCaptureExtension.class)
    class WithoutAnyMembersListed {

        @Test
        void thereIsALeadershipToo(@Autowired TestLeadership leadership, CapturedOutput output) throws Exception {
            assertThat(leadership.isLeader()).isFalse();
            leadership.grant();
            assertThat(leadership
                            .handOver(null)
                            .toCompletableFuture()
                            .get(60, TimeUnit.SECONDS)
                            .outcome())
                    .isEqualTo(HandoverResult.Outcome.NO_SUCCESSOR);
            assertThat(leadership.isLeader()).isTrue();
            leadership.grantTo("anybody");
            assertThat(leadership.state().leaderId()).isEqualTo("anybody");
            assertThat(output).doesNotContain("stands alone and leads at once");
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(
            properties = {
                "election.members[0].id=a",
                "election.members[0].url=http://a",
                "election.members[0].kind=witness",
                "election.members[1].id=b",
                "election.members[1].url=http://b",
                "election.members[2].id=c",
                "election.members[2].url=http://c",
                "election.members[2].app-url=http://shop"
            })
    class WithoutANodeId {

        @Test
        void isTheFirstMemberThatMayLead(@Autowired TestLeadership leadership, @Autowired ElectionNode node) {
            assertThat(node.status().nodeId()).isEqualTo("b");
            leadership.grantTo("c");
            assertThat(leadership.state().leaderUrl()).isEqualTo("http://shop");
            assertThatIllegalArgumentException().as("a witness").isThrownBy(() -> leadership.grantTo("a"));
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "election.node-id=node-3")
    class WithANodeId {

        @Test
        void isThatMember(@Autowired ElectionNode node, @Autowired TestLeadership leadership) throws Exception {
            assertThat(node.status().nodeId()).isEqualTo("node-3");
            leadership.grant();
            leadership.handOver(null).toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(leadership.state().leaderId()).isEqualTo("node-1");
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = "election.handover.timeout=50ms")
    class WithAShortHandover {

        @Test
        void workThatTakesLongerIsNotAloneToItsEnd(@Autowired TestLeadership leadership) throws Exception {
            leadership.grant();
            LeaderWork work = leadership.beginWork();
            CompletableFuture<HandoverResult> first =
                    leadership.handOver("node-2").toCompletableFuture();
            HandoverResult.Outcome second = leadership
                    .handOver("node-3")
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS)
                    .outcome();
            assertThat(second).isIn(HandoverResult.Outcome.BUSY, HandoverResult.Outcome.NOT_LEADER);
            assertThat(first.get(60, TimeUnit.SECONDS).leaderId()).isEqualTo("node-2");
            assertThat(work.end()).isFalse();
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = {"election.enabled=false", "election.when-disabled=leader"})
    class WhereTheElectionIsSwitchedOff {

        @Test
        void itStaysSo(@Autowired Leadership leadership) {
            assertThat(leadership).isNotInstanceOf(TestLeadership.class);
            assertThat(leadership.isLeader()).isTrue();
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = {"election.enabled=false", "election.when-disabled=leader"})
    @AutoConfigureTestLeadership
    class WhereTheAnnotationWantsOneAllTheSame {

        @Test
        void thereIsOne(@Autowired TestLeadership leadership) {
            assertThat(leadership.isLeader()).isFalse();
            assertThat(leadership.grant().value()).isPositive();
        }
    }

    @Nested
    @SpringBootTest(
            classes = WhereTheApplicationBringsPartsOfItsOwn.Parts.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhereTheApplicationBringsPartsOfItsOwn {

        @Configuration(proxyBeanMethods = false)
        @Import(SmallService.class)
        static class Parts {

            @Bean
            Journal itsOwnJournal() {
                throw new IllegalStateException("must not be made: it may be on a disk");
            }

            @Bean
            PeerTransport itsOwnTransport() {
                throw new IllegalStateException("must not be made: it may reach peers");
            }
        }

        @Test
        void theyAreNotMade(
                @Autowired TestLeadership leadership, @Autowired Journal journal, @Autowired PeerTransport transport) {
            leadership.grant();
            assertThat(journal).isInstanceOf(MemoryJournal.class);
            assertThat(transport).isInstanceOf(NoPeers.class);
        }
    }

    @Nested
    @SpringBootTest(
            classes = WhereTheApplicationBringsALeadership.Own.class,
            webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhereTheApplicationBringsALeadership {

        @Configuration(proxyBeanMethods = false)
        @Import(SmallService.class)
        static class Own {

            @Bean
            Leadership itsOwn() {
                return Mockito.mock();
            }
        }

        @Test
        void itIsLeftAlone(@Autowired Leadership leadership, @Autowired ObjectProvider<TestLeadership> none) {
            assertThat(Mockito.mockingDetails(leadership).isMock()).isTrue();
            assertThat(none.getIfAvailable()).isNull();
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhereATestMocksIt {

        @MockitoBean
        Leadership leadership;

        @Test
        void theMockIsUsed(@Autowired Leadership injected) {
            assertThat(injected).isSameAs(leadership);
            assertThat(injected.isLeader()).isFalse();
        }
    }

    @Nested
    @SpringBootTest(classes = EarlyAndLate.Eager.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @AutoConfigureTestLeadership(leading = true)
    @DirtiesContext
    class EarlyAndLate {

        static Throwable refused;

        @Configuration(proxyBeanMethods = false)
        @Import(SmallService.class)
        static class Eager {

            @Bean
            ApplicationRunner eager(TestLeadership leadership) {
                return arguments -> {
                    refused = catchThrowable(leadership::grant);
                    leadership.revoke();
                };
            }
        }

        @Test
        void itCanBeGrantedWhileTheApplicationIsReady(
                @Autowired ConfigurableApplicationContext context,
                @Autowired TestLeadership leadership,
                @Autowired Recorder recorder) {
            assertThat(refused)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("The application is not ready yet");
            long first = leadership.term();

            context.stop();
            assertThat(recorder.told()).contains("-" + first + " " + StepDownReason.SHUTDOWN);
            assertThat(leadership.isLeader()).isFalse();
            assertThatIllegalStateException()
                    .isThrownBy(leadership::grant)
                    .withMessageContaining("The application is not running");

            context.start();
            assertThat(leadership.isLeader()).isFalse();
            leadership.grant();
            assertThat(leadership.term()).isGreaterThan(first);
        }
    }

    /** Not a test of Spring's: an application that was started with this module on its class path by mistake. */
    @Test
    void aRunningApplicationIsNotTouched() throws Exception {
        SpringApplication spring = new SpringApplication(SmallService.class);
        try (ConfigurableApplicationContext context = spring.run(
                "--spring.config.name=none",
                "--spring.main.web-application-type=none",
                "--election.test.leading=true")) {
            assertThat(context.getBeanProvider(TestLeadership.class).getIfAvailable())
                    .isNull();
            assertThat(context.getBean(Leadership.class).await(java.time.Duration.ofMinutes(1)))
                    .as("the real one, standing alone")
                    .isTrue();
        }
    }
}
