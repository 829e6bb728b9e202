package io.election.core.simulator;

import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Observation;
import io.election.core.Payload;
import io.election.core.Request;
import io.election.core.Response;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 10: a witness is sent an entry only once the disks of the leader and of every data voter that it has heard of
 * within T hold it, or after T. Of whom the leader has heard is known here from what was delivered to it; what a member holds,
 * from its disk.
 */
final class Rule10Witnesses {

    /** What a member has said of itself in this term. */
    private record Spoken(String incarnation, boolean settled) {}

    /** One process, as far as it leads. */
    private static final class Led {
        long since;
        long firstRequest;
        final Map<Long, Long> appendedAt = new HashMap<>();
        final Map<String, Spoken> spoken = new HashMap<>();
        /** When each member last answered anything; none of one whose call has failed since. */
        final Map<String, Long> contacts = new HashMap<>();
        /** The first request whose answer tells of a member's present life: answers to earlier ones tell of an earlier one. */
        final Map<String, Long> firstOfLife = new HashMap<>();

        final Set<Long> firstAnswers = new HashSet<>();
        final Map<Long, String> unanswered = new HashMap<>();
        long lastRequest;
    }

    private final VirtualCluster cluster;
    private boolean used;
    private final Led[] led;

    Rule10Witnesses(VirtualCluster cluster, MemberRecord[] records) {
        this.cluster = cluster;
        boolean witnesses = false;
        led = new Led[records.length];
        for (int i = 0; i < led.length; i++) {
            witnesses |= records[i].member.kind() == MemberKind.WITNESS;
            led[i] = new Led();
        }
        used = witnesses;
    }

    /** A member may lie that could lead: what a log holds may change at any time. */
    void judgeNothing() {
        used = false;
    }

    private Led of(MemberRecord w) {
        return led[w.member.index()];
    }

    void started(MemberRecord w) {
        led[w.member.index()] = new Led();
    }

    // -- of whom a leader hears ----------------------------------------------------------------------------------

    /** A response is about to be handed to the asker, as the first one to its request. */
    void answering(VirtualMember asker, long requestId) {
        if (used) {
            led[asker.index()].firstAnswers.add(requestId);
        }
    }

    /** An asker is about to be told that its request to a member was not answered. */
    void unanswered(VirtualMember asker, long requestId, String asked) {
        if (used) {
            led[asker.index()].unanswered.put(requestId, asked);
        }
    }

    void hears(MemberRecord w, Input input) {
        if (!used) {
            return;
        }
        Led l = of(w);
        if (input instanceof Input.ResponseReceived received) {
            Response response = received.response();
            if (response instanceof Response.Ping
                    || response instanceof Response.Announce
                    || response instanceof Response.Change
                    || response instanceof Response.Propose
                    || response instanceof Response.ReadIndex) {
                // No sign of life: it may have been sent before this member led.
                return;
            }
            Header header = response.header();
            String from = header.from();
            if (!l.firstAnswers.remove(header.requestId())) {
                return;
            }
            l.contacts.put(from, w.monotonic());
            if (!(response instanceof Response.Vote)
                    && header.requestId() >= l.firstOfLife.getOrDefault(from, l.firstRequest)) {
                Spoken before = l.spoken.get(from);
                boolean ofTheSameLife = before != null && before.incarnation().equals(header.fromIncarnation());
                if (!ofTheSameLife) {
                    l.firstOfLife.put(from, header.requestId());
                }
                // Answers overtake each other, and who knows once that it was let in has been.
                boolean settled = header.settled() || (ofTheSameLife && before.settled());
                l.spoken.put(from, new Spoken(header.fromIncarnation(), settled));
            }
        } else if (input instanceof Input.Unanswered unanswered) {
            String silent = l.unanswered.remove(unanswered.requestId());
            if (silent != null) {
                l.contacts.remove(silent);
            }
        }
    }

    void letsIn(MemberRecord w, Observation.LetIn letIn) {
        if (used) {
            of(w).firstOfLife.put(letIn.member(), of(w).lastRequest + 1);
        }
    }

    // -- what a leader has, and sends ----------------------------------------------------------------------------

    /** A member has just become the leader of its term. */
    void leads(MemberRecord w, long lastRequestBefore) {
        if (!used) {
            return;
        }
        Led l = of(w);
        l.since = w.monotonic();
        l.firstRequest = lastRequestBefore + 1;
        l.spoken.clear();
        l.firstOfLife.clear();
        l.appendedAt.clear();
        for (Entry entry : w.log.entries()) {
            if (entry.term() == w.hardState.term()) {
                l.appendedAt.put(entry.index(), l.since);
            }
        }
    }

    long lastRequest(MemberRecord w) {
        return of(w).lastRequest;
    }

    /** A leader writes an entry of its own. */
    void writes(MemberRecord w, Entry entry) {
        if (used) {
            of(w).appendedAt.put(entry.index(), w.monotonic());
        }
    }

    /** A member asks another, in a step. */
    void sends(MemberRecord w, Request request) {
        if (!used) {
            return;
        }
        Led l = of(w);
        l.lastRequest = Math.max(l.lastRequest, request.header().requestId());
        Membership membership = w.membership();
        if (!(request instanceof Request.Append append) || !isToAWitness(append) || membership == null) {
            return;
        }
        long now = w.monotonic();
        long timeout = w.member.settings().electionTimeout().toNanos();
        for (Entry entry : append.entries()) {
            long since = l.appendedAt.getOrDefault(entry.index(), l.since);
            if (entry.index() <= append.commitIndex() || now - since >= timeout) {
                continue;
            }
            for (EnrolledMember named : membership.members()) {
                Long contact = l.contacts.get(named.id());
                VirtualMember other = cluster.memberOrNull(named.id());
                if (Enrolment.mayLead(named)
                        && contact != null
                        && now - contact < timeout
                        && other != null
                        && other != w.member
                        && counts(named, l.spoken.get(named.id()))
                        && other.disk().incarnation().equals(named.incarnation())
                        // A later leader may have cut what was held; the witness hears of that term as well.
                        && other.disk().state().hardState().term() <= append.term()
                        && !WrittenLog.holds(other.disk().state(), entry.index(), entry.term())) {
                    throw new Violation(
                            "a witness is sent an entry only once every data voter that was heard of holds it",
                            w + " heard of " + other + " " + (now - contact) / 1e6 + " ms ago, and wrote the entry "
                                    + (now - since) / 1e6 + " ms ago, but sends " + Trace.describe(append));
                }
            }
        }
    }

    /** Who has not answered in this term yet is taken for the one that the log names. */
    private static boolean counts(EnrolledMember named, @Nullable Spoken spoken) {
        return spoken == null
                || (spoken.incarnation().equals(named.incarnation())
                        && (Enrolment.countsAtOnce(named) || spoken.settled()));
    }

    private boolean isToAWitness(Request.Append append) {
        VirtualMember to = cluster.memberOrNull(append.header().to());
        return to != null && to.kind() == MemberKind.WITNESS;
    }

    /** A message leaves a leader. */
    void leaves(MemberRecord w, Request.Append append, long committed) {
        if (!used || !isToAWitness(append)) {
            return;
        }
        for (Entry entry : append.entries()) {
            if (entry.payload().membership() == null && !(entry.payload() instanceof Payload.Withheld)) {
                throw new Violation("a witness is sent no data", w + " sends " + Trace.describe(append));
            }
            if (entry.index() > committed && !WrittenLog.holds(w.member.disk().state(), entry.index(), entry.term())) {
                throw new Violation(
                        "a witness is sent only what is durable on the leader, or committed without it",
                        w + " sends " + Trace.describe(append));
            }
        }
    }
}
