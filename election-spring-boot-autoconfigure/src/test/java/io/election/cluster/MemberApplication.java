package io.election.cluster;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.context.event.EventListener;

/** What each application of a {@link TestCluster} has: it remembers what it was told, and a listener can be held. */
abstract class MemberApplication {

    final List<Object> events = new CopyOnWriteArrayList<>();
    final CountDownLatch released = new CountDownLatch(1);
    final CountDownLatch listenerReleased = new CountDownLatch(1);
    volatile boolean blockElectedListener;

    @EventListener
    void on(LeaderElectedEvent event) throws InterruptedException {
        events.add(event);
        if (blockElectedListener) {
            listenerReleased.await(60, TimeUnit.SECONDS);
        }
    }

    @EventListener
    void on(StepDownEvent event) {
        events.add(event);
    }

    @EventListener
    void on(LeaderChangedEvent event) {
        events.add(event);
    }

    @EventListener
    void on(MembersChangedEvent event) {
        events.add(event);
    }
}
