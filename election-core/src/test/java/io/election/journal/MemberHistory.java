package io.election.journal;

import static io.election.journal.JournaledMember.HEARTBEAT;
import static io.election.journal.JournaledMember.T;
import static io.election.journal.JournaledMember.entry;
import static io.election.journal.JournaledMember.opening;

import io.election.core.Bytes;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Snapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/** What happens to a member from its first start on, so that everything is written that a member ever writes. */
enum MemberHistory {

    /** Founds the cluster and leads it, follows others, cuts its log, promises for longer, and leads again. */
    FOUNDER("a") {
        @Override
        void tell(JournaledMember a) throws IOException {
            a.start();
            a.step(new Input.Ready());
            a.tickWhenDue();
            a.settle("b", "c");
            for (int call = 1; call <= 5; call++) {
                a.step(new Input.Propose(call, new Payload.Application("test", Bytes.utf8("order " + call))));
                a.settle("b", "c");
            }
            a.tickAfter(HEARTBEAT);
            a.isToldOfTerm("b", 3, new Refusal(RefusalReason.STALE_TERM, null, null, null));
            a.pass(T);
            // The disk is busy while one asks and another one does: both answers wait for the one vote.
            a.together(a.asks(a.asksForVote("b", Phase.VOTE, 4)), a.asks(a.asksForVote("c", Phase.VOTE, 4)));
            a.receive(a.heartbeat("b", 4, T, 6));
            a.receive(a.append("b", 4, 6, last(a), opening(7, 4, "b"), entry(8, 4)));
            // A longer promise is on disk before it is given.
            a.receive(a.heartbeat("b", 4, T.multipliedBy(10), 7));
            a.restart();
            a.receive(a.heartbeat("b", 4, T.multipliedBy(2), 7));
            a.receive(a.append("b", 4, 7, last(a), entry(9, 4), entry(10, 4)));
            a.pass(T.multipliedBy(11));
            a.receive(a.heartbeat("b", 4, T, 7));
            a.pass(T.multipliedBy(3));
            a.receive(a.heartbeat("b", 4, T, 7));
            a.pass(T.multipliedBy(2));
            a.receive(a.asksForVote("c", Phase.PRE_VOTE, 5));
            a.receive(a.asksForVote("c", Phase.VOTE, 5));
            a.receive(a.append("c", 6, 7, new LogPosition(4, 8), opening(9, 6, "c"), entry(10, 6), entry(11, 6)));
            a.together(
                    a.asks(a.heartbeat("c", 6, T, 11)),
                    a.asks(a.append("c", 6, 11, new LogPosition(6, 11), entry(12, 6))));
            a.receive(a.install(
                    "c",
                    6,
                    new Snapshot(
                            new LogPosition(6, 40), a.election().view(a.clock).membership(), List.of(), 0)));
            a.restart();
            a.pass(T.multipliedBy(2));
            a.receive(a.asksForVote("b", Phase.VOTE, 7));
            a.receive(a.asksForVote("b", Phase.VOTE, 7));
            a.step(new Input.Ready());
            a.tickWhenDue();
            a.settle("b", "c");
            a.step(new Input.Propose(9, new Payload.Application("test", Bytes.utf8("the last order"))));
            a.settle("c");
            a.tickAfter(T.multipliedBy(2));
            a.restart();
        }
    },

    /** Joins a founded cluster with a new memory, is let in, and votes. */
    NEWCOMER("c") {
        private final Membership founded = new Membership(
                "c-1", 1_700_000_000L, List.of(named("a", "a-1", 1), named("b", "b-1", 1), named("c", "c-0", 1)));

        @Override
        void tell(JournaledMember c) throws IOException {
            c.start();
            LogPosition snapshot = new LogPosition(3, 20);
            String incarnation = c.journal().incarnation();
            c.receive(new Request.Heartbeat(first(c, 1), 3, T, 20, null));
            c.receive(
                    new Request.InstallSnapshot(first(c, 2), 3, T, 20, new Snapshot(snapshot, founded, List.of(), 0)));
            Entry letIn = new Entry(21, 3, new Payload.MembershipChange(founded.withIncarnation("c", incarnation, 21)));
            c.receive(c.append("a", 3, 20, snapshot, letIn));
            c.receive(c.asksForVote("b", Phase.VOTE, 4));
            c.receive(c.heartbeat("a", 3, T.multipliedBy(5), 21));
            c.restart();
            c.pass(T.multipliedBy(5));
            c.receive(c.asksForVote("b", Phase.VOTE, 4));
            c.receive(c.asksForVote("a", Phase.VOTE, 4));
            c.receive(c.append("b", 4, 21, last(c), opening(22, 4, "b")));
            c.receive(c.append("b", 4, 22, last(c), entry(23, 4), entry(24, 4)));
            c.receive(c.append("a", 5, 22, new LogPosition(4, 22), opening(23, 5, "a")));
            c.receive(c.heartbeat("a", 5, T, 23));
            c.pass(T.multipliedBy(2));
            c.receive(c.asksForVote("b", Phase.VOTE, 7));
            c.restart();
        }

        private Header first(JournaledMember c, long request) {
            return new Header(Header.PROTOCOL, "orders", "c-1", "a", "a-1", true, "c", null, request);
        }
    };

    private final String id;

    MemberHistory(String id) {
        this.id = id;
    }

    abstract void tell(JournaledMember member) throws IOException;

    JournaledMember member(FaultyFiles files) {
        return new JournaledMember(files, id);
    }

    private static EnrolledMember named(String id, String incarnation, long at) {
        return new EnrolledMember(id, MemberKind.DATA, incarnation, at);
    }

    private static LogPosition last(JournaledMember member) {
        return member.election().view(member.clock).last();
    }

    /** A founder's life among leaders and candidates that come and go, from a seed. */
    static void tellAtRandom(JournaledMember a, long seed, int events) throws IOException {
        RandomGenerator random = new Random(seed);
        a.start();
        a.step(new Input.Ready());
        a.tickWhenDue();
        a.settle("b", "c");
        String leader = "b";
        long term = a.election().view(a.clock).term();
        long committed = 0;
        for (int event = 0; event < events; event++) {
            LogPosition last = last(a);
            // A restart forgets how far the log is committed, the cluster does not.
            committed = Math.max(committed, a.election().commitIndex());
            switch (random.nextInt(8)) {
                case 0 -> {
                    a.pass(T.multipliedBy(12));
                    term = a.election().view(a.clock).term() + random.nextInt(1, 3);
                    leader = random.nextBoolean() ? "b" : "c";
                    a.receive(a.asksForVote(leader, Phase.VOTE, term));
                }
                case 1 -> a.receive(a.asksForVote(random.nextBoolean() ? "b" : "c", Phase.VOTE, term));
                case 2 -> {
                    // A new leader, whose log parts from this one's anywhere behind what is committed.
                    term = a.election().view(a.clock).term() + 1;
                    leader = random.nextBoolean() ? "b" : "c";
                    long from = random.nextLong(committed, last.index() + 1);
                    a.receive(a.append(leader, term, committed, positionAt(a, from), opening(from + 1, term, leader)));
                }
                case 3, 4 -> {
                    if (last.term() == term
                            && term == a.election().view(a.clock).term()) {
                        List<Entry> entries = new ArrayList<>();
                        for (int i = random.nextInt(3); i >= 0; i--) {
                            entries.add(entry(last.index() + 1 + entries.size(), term));
                        }
                        a.receive(a.append(leader, term, committed, last, entries.toArray(new Entry[0])));
                    }
                }
                case 5 -> {
                    if (last.term() == term) {
                        a.receive(a.heartbeat(leader, term, T, random.nextLong(committed, last.index() + 1)));
                    }
                }
                case 6 -> a.receive(a.heartbeat(leader, term, T.multipliedBy(random.nextInt(1, 9)), committed));
                default -> {
                    a.pass(Duration.ofMillis(random.nextInt(3000)));
                    if (random.nextInt(3) == 0) {
                        a.restart();
                        a.step(new Input.Ready());
                    } else {
                        a.step(new Input.Tick());
                        a.settle();
                    }
                }
            }
        }
    }

    private static LogPosition positionAt(JournaledMember a, long index) {
        Snapshot snapshot = a.election().snapshot();
        if (index == snapshot.last().index()) {
            return snapshot.last();
        }
        return a.election().entries().stream()
                .map(Entry::position)
                .filter(p -> p.index() == index)
                .findFirst()
                .orElseThrow();
    }
}
