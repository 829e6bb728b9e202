package io.election.autoconfigure;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;

/** An application's own leadership, which a test switches on and off. */
final class SwitchedLeadership implements Leadership {

    final AtomicInteger inFlight = new AtomicInteger();
    private final ApplicationEventPublisher events;
    private volatile long term = 1;
    private volatile boolean leads;
    volatile @Nullable String leaderId = "b";
    volatile @Nullable String leaderUrl;

    SwitchedLeadership(ApplicationEventPublisher events) {
        this.events = events;
    }

    /** From now on this member leads, in a new term; comes back when the listeners were told. */
    void gain() {
        term++;
        leads = true;
        leaderId = "a";
        events.publishEvent(new LeaderElectedEvent("orders", "a", term, new FencingToken(term)));
    }

    void lose() {
        leads = false;
        leaderId = "b";
        events.publishEvent(new StepDownEvent("orders", "a", term, StepDownReason.LEASE_LOST));
    }

    @Override
    public boolean isLeader() {
        return leads;
    }

    @Override
    public LeadershipState state() {
        return new LeadershipState(leads, leads ? Role.LEADER : Role.FOLLOWER, term, leaderId, leaderUrl);
    }

    @Override
    public FencingToken fencingToken() {
        LeaderWork work = currentWork();
        assertLeader();
        return work == null ? new FencingToken(term) : work.fencingToken();
    }

    @Override
    public LeaderWork beginWork() {
        FencingToken token = fencingToken();
        inFlight.incrementAndGet();
        AtomicBoolean ended = new AtomicBoolean();
        return new LeaderWork() {
            @Override
            public long term() {
                return token.value();
            }

            @Override
            public FencingToken fencingToken() {
                return token;
            }

            @Override
            public Leadership leadership() {
                return SwitchedLeadership.this;
            }

            @Override
            public boolean stillHolds() {
                return leads && term == token.value();
            }

            @Override
            public boolean end() {
                if (ended.compareAndSet(false, true)) {
                    inFlight.decrementAndGet();
                }
                return stillHolds();
            }
        };
    }

    @Override
    public boolean confirm(Duration timeout) {
        return leads;
    }

    @Override
    public boolean await(Duration timeout) {
        return leads;
    }

    @Override
    public CompletionStage<HandoverResult> handOver(@Nullable String to) {
        return CompletableFuture.completedFuture(
                new HandoverResult(HandoverResult.Outcome.NO_SUCCESSOR, leaderId, term, "switched by hand"));
    }

    @Override
    public CompletionStage<HandoverResult> stepDown() {
        return handOver(null);
    }

    @Override
    public void assertLeader() {
        LeaderWork work = currentWork();
        if (work != null) {
            work.assertStillHolds();
        }
        if (!leads) {
            throw new NotLeaderException("a", leaderId);
        }
    }
}
