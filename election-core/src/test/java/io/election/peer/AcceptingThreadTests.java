package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** The thread of the port of the election's own. Apart from the port's other tests: it counts such threads of this JVM. */
class AcceptingThreadTests {

    private final Peers peers = new Peers();
    private final Answering answering = new Answering();

    @AfterEach
    void close() {
        peers.close();
    }

    private static Request heartbeat(long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, "a", "b", requestId);
    }

    /** As an OutOfMemoryError ends it. */
    @Test
    @EnabledForJreRange(max = JRE.JAVA_19, disabledReason = "no test can end another's thread by an error any more")
    void beginsAnewWhateverEndsIt() throws Exception {
        Set<Thread> before = dispatchers();
        HttpPeerTransport b = peers.serving("b", answering);
        Set<Thread> own = dispatchers();
        own.removeAll(before);
        assertThat(own).hasSize(1);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));

        Thread.class.getMethod("stop").invoke(own.iterator().next());

        HttpPeerTransport another = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(another, heartbeat(2)).get()).isEqualTo(Messages.answer(heartbeat(2)));
    }

    private static Set<Thread> dispatchers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("HTTP-Dispatcher"))
                .collect(Collectors.toCollection(HashSet::new));
    }
}
