package io.election.node;

import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Request;
import io.election.core.Response;
import io.election.journal.MemoryJournal;
import io.election.peer.PeerTransport;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * A member in a rehearsal: all the objects of a member, none of whose threads is started. What they would do is done by
 * {@link #turn()}, on the caller's thread.
 */
final class RehearsedMember {

    /** What the names of threads begin with that are never started. */
    static final String THREADS = "election-rehearsed";

    /** More than any request needs until it is answered. */
    private static final int MOST_TURNS = 100;

    private final String id;
    private final NodeSettings settings;
    private final PeerTransport transport;
    private final NodeClock clock;
    private final Chronicle chronicle;
    private final MemoryJournal journal = new MemoryJournal();
    private NodeRun run;
    private Published published;
    private CompletableFuture<Void> closed;

    RehearsedMember(ElectionSettings settings, PeerTransport transport, NodeClock clock, Chronicle chronicle) {
        this.id = settings.nodeId();
        this.settings = new NodeSettings(settings, false, Map.of(), Map.of(), false);
        this.transport = transport;
        this.clock = clock;
        this.chronicle = chronicle;
        transport.start(this::receive);
        begin();
    }

    /** Begins a life with the memory of the one before. */
    void begin() {
        closed = new CompletableFuture<>();
        ElectionMachine machine = ElectionFactory.REAL.create(settings.election(), journal, clock.read());
        published = new Published(machine.view(clock.read()), null);
        run = new NodeRun(
                THREADS,
                settings,
                machine,
                journal,
                transport,
                clock,
                new NoListener(),
                chronicle,
                () -> published.view(),
                latest -> published = latest,
                () -> {});
        run.events().ready();
        submit(new Input.Ready());
    }

    String id() {
        return id;
    }

    ElectionView view() {
        return published.view();
    }

    boolean leads() {
        LeaseCell led = published.cell();
        return led != null && led.holds();
    }

    void submit(Input input) {
        run.loop().submit(input);
    }

    /** Asks it to end, with a handover if it leads. */
    void close() {
        closed = run.loop().close(false);
    }

    /** Whether it has ended, and is to {@link #begin()} again. */
    boolean isClosed() {
        return closed.isDone();
    }

    /** Does one thing that is to be done now; whether there was anything. */
    boolean turn() {
        return run.loop().turn();
    }

    long wakeAtNanos() {
        return run.loop().wakeAtNanos();
    }

    private void receive(Request request, Consumer<Response> reply) {
        Reply once = new Reply(reply);
        run.loop().receive(request, once);
        for (int turns = 0; !once.given && turns < MOST_TURNS; turns++) {
            turn();
        }
        if (!once.given) {
            throw new RejectedExecutionException("no reply in a rehearsal");
        }
    }

    /** Notices that a reply was given. */
    private static final class Reply implements Consumer<Response> {

        private final Consumer<Response> to;
        private boolean given;

        Reply(Consumer<Response> to) {
            this.to = to;
        }

        @Override
        public void accept(Response response) {
            given = true;
            to.accept(response);
        }
    }
}
