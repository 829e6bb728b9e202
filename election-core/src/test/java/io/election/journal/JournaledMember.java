package io.election.journal;

import io.election.core.Bytes;
import io.election.core.ClockReading;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.Election;
import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Output;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One member of three, with its journal on a {@link FaultyFiles} and its peers in the hands of a test. As in the node, an
 * {@link EffectQueue} says what leaves when. It keeps an account of what has left.
 */
final class JournaledMember {

    static final Path DIRECTORY = Path.of("data", "orders", "member").toAbsolutePath();
    static final Path JOURNAL = DIRECTORY.resolve("journal");
    static final Path MARK = DIRECTORY.resolve("mark");
    static final Duration T = Duration.ofSeconds(1);
    static final Duration HEARTBEAT = Duration.ofMillis(100);

    /** So small that a history is written anew on its way. */
    static final int REWRITE_BYTES = 1000;

    /** So small that a history has several at once. */
    static final int SEGMENT_BYTES = 500;

    private static final RandomGenerator RANDOM = () -> 1000L;

    /** What the member has let others believe: the messages that left, and what the journal has acknowledged. */
    static final class Account {

        /** What the last append, or opening, that returned has made durable. */
        DurableState acknowledged = DurableState.NEW;

        /** What is being appended, or {@code null}. */
        @Nullable List<DurableRecord> underWay;

        /** The life of the memory that an opening has shown, or {@code null}. */
        @Nullable String incarnation;

        /** Whom it gave its vote, by term: to others by a grant that left, to itself by asking for theirs. */
        final TreeMap<Long, String> votes = new TreeMap<>();

        /** The highest term of which a message has left. */
        long term;

        /** Until when it has promised a leader to help nobody else; monotonic. */
        long promisedUntilNanos;

        /** Where the log ended that it last said to hold. */
        LogPosition held = LogPosition.NONE;

        /** The states that a recovery may find. */
        List<DurableState> allowed() {
            if (underWay == null) {
                return List.of(acknowledged);
            }
            DurableState next = acknowledged;
            for (DurableRecord record : underWay) {
                next = next.with(record);
            }
            return List.of(acknowledged, next);
        }
    }

    final FaultyFiles files;
    final ElectionSettings settings;
    final Account account = new Account();
    final List<Request> outbox = new ArrayList<>();
    ClockReading clock = new ClockReading(Duration.ofHours(1).toNanos(), 1_700_000_000_000L);

    /** Why the journal takes nothing more, or {@code null}. */
    @Nullable IOException failure;

    /** How often the journal was appended to. */
    int appends;

    private @Nullable FileJournal journal;
    private @Nullable Election election;
    private EffectQueue effects = new EffectQueue(new Outside());
    private final List<Effect.Persist> unwritten = new ArrayList<>();
    private final Map<Long, Request> asked = new HashMap<>();
    private boolean diskWaits;
    private long wakeAtNanos;
    private long exchanges;
    private long requests = 5000;

    JournaledMember(FaultyFiles files, String id) {
        this.files = files;
        this.settings = settings(id);
    }

    static ElectionSettings settings(String id) {
        return new ElectionSettings(
                "orders",
                id,
                List.of(data("a"), data("b"), data("c")),
                T,
                HEARTBEAT,
                Duration.ofMillis(750),
                0.05,
                Duration.ofMillis(10),
                Duration.ofSeconds(5),
                false,
                4);
    }

    private static Member data(String id) {
        return new Member(id, MemberKind.DATA, 0, false);
    }

    static Election election(ElectionSettings settings, FileJournal journal, ClockReading lockedAt) {
        return new Election(settings, journal.incarnation(), journal.state(), lockedAt, RANDOM);
    }

    static FileJournal open(FaultyFiles files, String id) throws JournalException {
        return FileJournal.open(files, DIRECTORY, "orders", id, REWRITE_BYTES, SEGMENT_BYTES);
    }

    static @Nullable Membership membership(DurableState state) {
        @Nullable Membership newest = state.snapshot().membership();
        for (Entry entry : state.entries()) {
            Membership changed = entry.payload().membership();
            newest = changed != null ? changed : newest;
        }
        return newest;
    }

    static LogPosition last(DurableState state) {
        List<Entry> entries = state.entries();
        return entries.isEmpty()
                ? state.snapshot().last()
                : entries.get(entries.size() - 1).position();
    }

    // ------------------------------------------------------------------------------------------------ its life

    void start() throws IOException {
        FileJournal opened = open(files, settings.nodeId());
        journal = opened;
        account.acknowledged = opened.state();
        account.incarnation = opened.incarnation();
        election = election(settings, opened, clock);
        effects = new EffectQueue(new Outside());
        step(new Input.Tick());
    }

    /** The process ends in good order, and comes back. */
    void restart() throws IOException {
        journal().close();
        unwritten.clear();
        outbox.clear();
        start();
    }

    FileJournal journal() {
        if (journal == null) {
            throw new IllegalStateException("not started");
        }
        return journal;
    }

    Election election() {
        if (election == null) {
            throw new IllegalStateException("not started");
        }
        return election;
    }

    String clusterId() {
        Membership membership = election().view(clock).membership();
        if (membership == null) {
            throw new AssertionError("not founded");
        }
        return membership.clusterId();
    }

    void pass(Duration time) {
        clock = new ClockReading(clock.monotonicNanos() + time.toNanos(), clock.wallMillis() + time.toMillis());
    }

    void tickAfter(Duration time) throws IOException {
        pass(time);
        step(new Input.Tick());
    }

    /** Until the instant for which the core asked. */
    void tickWhenDue() throws IOException {
        tickAfter(Duration.ofNanos(wakeAtNanos - clock.monotonicNanos()));
    }

    /** Hands inputs over while the disk is busy: what they write goes to it together. */
    void together(Input... inputs) throws IOException {
        diskWaits = true;
        for (Input input : inputs) {
            step(input);
        }
        diskWaits = false;
        write();
    }

    void step(Input input) throws IOException {
        if (input instanceof Input.RequestReceived received) {
            asked.put(received.exchange(), received.request());
        }
        Output output = election().step(input, clock);
        wakeAtNanos = output.wakeAtNanos();
        effects.step(input, output.effects());
        if (!diskWaits) {
            write();
        }
    }

    /** What an input leads to, with nothing of it carried out. */
    List<Effect> effectsOf(Input input) {
        return election().step(input, clock).effects();
    }

    private void write() throws IOException {
        while (!unwritten.isEmpty() && failure == null) {
            List<DurableRecord> records = new ArrayList<>();
            unwritten.forEach(persist -> records.addAll(persist.records()));
            long write = unwritten.get(unwritten.size() - 1).write();
            unwritten.clear();
            account.underWay = records;
            try {
                journal().append(records);
            } catch (JournalException e) {
                failure = e;
                step(new Input.PersistFailed(String.valueOf(e)));
                throw e;
            }
            appends++;
            account.underWay = null;
            account.acknowledged = journal().state();
            step(new Input.Persisted(write));
            if (unwritten.isEmpty()) {
                compact();
            }
        }
    }

    /** As the node does once nothing waits: what it has acknowledged is on disk whatever becomes of this. */
    private void compact() throws IOException {
        try {
            journal().compact();
        } catch (JournalException e) {
            failure = e;
            step(new Input.PersistFailed(String.valueOf(e)));
            throw e;
        }
    }

    /** What is around the member: its journal, which takes writes only after the step, and its peers. */
    private final class Outside implements EffectQueue.Sink {

        @Override
        public void publish(List<Effect> decided) {
            // Nobody reads who leads.
        }

        @Override
        public void write(Effect.Persist persist) {
            unwritten.add(persist);
        }

        @Override
        public void send(Effect.Send send) {
            leave(send);
        }

        @Override
        public void reply(Effect.Reply reply) {
            leave(reply);
        }

        @Override
        public void dropped(Effect.Reply reply) {
            asked.remove(reply.exchange());
        }

        @Override
        public void carryOut(Effect effect) {
            // Nobody listens.
        }
    }

    /** A message is on its way to others: what it says binds. */
    private void leave(Effect effect) {
        if (effect instanceof Effect.Send send) {
            Request request = send.request();
            outbox.add(request);
            // Neither what a candidate asks for nor its term binds it: it has not won before its own vote is durable.
            if (!(request instanceof Request.Vote)) {
                account.term = Math.max(account.term, request.term());
            }
            if (request instanceof Request.FromLeader leads) {
                account.votes.put(leads.term(), settings.nodeId());
            }
        } else if (effect instanceof Effect.Reply reply) {
            Request request = asked.remove(reply.exchange());
            Response response = reply.response();
            account.term = Math.max(account.term, term(response));
            if (request == null || response.refusal() != null) {
                return;
            }
            if (request instanceof Request.Vote vote && vote.phase() == Phase.VOTE) {
                account.votes.put(vote.term(), vote.header().from());
            } else if (request instanceof Request.FromLeader leaders) {
                long promise = Math.max(T.toNanos(), leaders.promise().toNanos());
                account.promisedUntilNanos = Math.max(account.promisedUntilNanos, clock.monotonicNanos() + promise);
                if (response instanceof Response.Append) {
                    account.held = election().view(clock).last();
                }
            }
        }
    }

    static long term(Response response) {
        if (response instanceof Response.Vote vote) {
            return vote.term();
        } else if (response instanceof Response.Heartbeat heartbeat) {
            return heartbeat.term();
        } else if (response instanceof Response.Append append) {
            return append.term();
        }
        return ((Response.TimeoutNow) response).term();
    }

    // ------------------------------------------------------------------------------------------------ its peers

    Input.RequestReceived asks(Request request) {
        return new Input.RequestReceived(++exchanges, request);
    }

    void receive(Request request) throws IOException {
        step(asks(request));
    }

    Header from(String peer) {
        return new Header(
                Header.PROTOCOL,
                "orders",
                clusterId(),
                peer,
                peer + "-1",
                true,
                settings.nodeId(),
                journal().incarnation(),
                requests++);
    }

    Request.Vote asksForVote(String peer, Phase phase, long term) {
        EnrolledMember self =
                election().view(clock).membership().member(settings.nodeId()).orElseThrow();
        LogPosition own = election().view(clock).last();
        LogPosition last = Recovery.ending(Math.min(own.term(), term - 1), own.index());
        long namedAt = self.namedAt() > last.index() ? 0 : self.namedAt();
        return new Request.Vote(from(peer), phase, term, last, null, namedAt, null, null);
    }

    Request.Heartbeat heartbeat(String peer, long term, Duration promise, long commitIndex) {
        return new Request.Heartbeat(from(peer), term, promise, commitIndex, null);
    }

    Request.Append append(String peer, long term, long commitIndex, LogPosition previous, Entry... entries) {
        return new Request.Append(from(peer), term, T, commitIndex, previous, List.of(entries));
    }

    Request.InstallSnapshot install(String peer, long term, Snapshot snapshot) {
        return new Request.InstallSnapshot(from(peer), term, T, snapshot.last().index(), snapshot);
    }

    static Entry entry(long index, long term) {
        return new Entry(
                index, term, new Payload.Application("test", Bytes.utf8("entry " + index + " of term " + term)));
    }

    static Entry opening(long index, long term, String leader) {
        return new Entry(index, term, new Payload.TermOpening(leader, null, null));
    }

    /** The named peers agree with everything that this member asks, until it asks nothing more; the others are silent. */
    void settle(String... peers) throws IOException {
        while (!outbox.isEmpty()) {
            Request request = outbox.remove(0);
            if (List.of(peers).contains(request.header().to())) {
                step(new Input.ResponseReceived(yes(request)));
            }
        }
    }

    /** A peer answers the last heartbeat from a higher term. */
    void isToldOfTerm(String peer, long term, Refusal refusal) throws IOException {
        for (int i = outbox.size() - 1; i >= 0; i--) {
            if (outbox.get(i) instanceof Request.Heartbeat sent
                    && sent.header().to().equals(peer)) {
                Response no = new Response.Heartbeat(answerTo(sent), term, refusal, LogPosition.NONE, null);
                outbox.clear();
                step(new Input.ResponseReceived(no));
                return;
            }
        }
        throw new AssertionError("no heartbeat to " + peer + " in " + outbox);
    }

    private static Header answerTo(Request request) {
        Header header = request.header();
        return new Header(
                Header.PROTOCOL,
                "orders",
                header.clusterId(),
                header.to(),
                header.to() + "-1",
                header.clusterId() != null,
                header.from(),
                header.fromIncarnation(),
                header.requestId());
    }

    private static Response yes(Request request) {
        Header header = answerTo(request);
        if (request instanceof Request.Vote vote) {
            return new Response.Vote(header, vote.phase(), vote.term(), vote.term(), null);
        } else if (request instanceof Request.Heartbeat heartbeat) {
            return new Response.Heartbeat(header, heartbeat.term(), null, LogPosition.NONE, null);
        } else if (request instanceof Request.Append append) {
            long index = append.previous().index() + append.entries().size();
            return new Response.Append(header, append.term(), null, index);
        } else if (request instanceof Request.InstallSnapshot install) {
            return new Response.Append(
                    header, install.term(), null, install.snapshot().last().index());
        }
        return new Response.TimeoutNow(header, request.term(), null);
    }
}
