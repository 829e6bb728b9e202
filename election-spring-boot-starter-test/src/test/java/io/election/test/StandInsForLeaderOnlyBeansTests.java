package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.verify;

import io.election.LeaderOnly;
import io.election.NotLeaderException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.bean.override.convention.TestBean;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

/** A test may put an object of its own in the place of a bean that is for the leader only. */
@SpringBootTest(classes = StandInsForLeaderOnlyBeansTests.Application.class)
@AutoConfigureTestLeadership
class StandInsForLeaderOnlyBeansTests {

    static class Mocked {
        @LeaderOnly
        String work() {
            return "real";
        }
    }

    static class Replaced {
        @LeaderOnly
        String work() {
            return "real";
        }
    }

    static class Spied {
        final AtomicInteger calls = new AtomicInteger();

        @LeaderOnly
        void work() {
            calls.incrementAndGet();
        }

        int calls() {
            return calls.get();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {

        @Bean
        Mocked mocked() {
            return new Mocked();
        }

        @Bean
        Replaced replaced() {
            return new Replaced();
        }

        @Bean
        Spied spied() {
            return new Spied();
        }
    }

    @MockitoBean
    Mocked mocked;

    @TestBean
    Replaced replaced;

    @MockitoSpyBean
    Spied spied;

    static Replaced replaced() {
        return new Replaced() {
            @Override
            String work() {
                return "test";
            }
        };
    }

    @Test
    void theTestsOwnObjectsAreNotGuarded() {
        given(mocked.work()).willReturn("mock");
        assertThat(mocked.work()).isEqualTo("mock");
        assertThat(replaced.work()).isEqualTo("test");
    }

    @Test
    void aSpyIsGuardedAsTheBeanIs(@Autowired TestLeadership leadership) {
        assertThatThrownBy(spied::work).isInstanceOf(NotLeaderException.class);
        assertThat(spied.calls()).isZero();
        leadership.grant();
        spied.work();
        assertThat(spied.calls()).isOne();
        verify(spied).work();
    }
}
