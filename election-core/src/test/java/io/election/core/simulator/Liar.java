package io.election.core.simulator;

import io.election.core.Bytes;
import io.election.core.ElectionView;
import io.election.core.Entry;
import io.election.core.Header;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.TransferProof;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The mouth of one member that lies. Behind it is a member that keeps to the rules, with a disk of its own. While it lies, its
 * answers may say something else than that member decided, and it asks and tells whatever is well-formed: terms, places and
 * proofs that were seen a moment ago, and those next to them. It speaks as itself, as with mutual TLS.
 */
final class Liar {

    private static final int REMEMBERED = 12;

    private final VirtualCluster cluster;
    private final VirtualMember member;
    private final RandomGenerator random;
    private long untilNanos = Long.MIN_VALUE;
    private long lies;

    private final List<Long> terms = new ArrayList<>(List.of(1L));
    private final List<Long> indexes = new ArrayList<>(List.of(1L));
    private final List<TransferProof> proofs = new ArrayList<>();

    Liar(VirtualCluster cluster, VirtualMember member, RandomGenerator random) {
        this.cluster = cluster;
        this.member = member;
        this.random = random;
    }

    VirtualMember member() {
        return member;
    }

    /** From now on, until then, it lies. */
    void lies(long newUntilNanos) {
        untilNanos = newUntilNanos;
    }

    private boolean isLying() {
        return cluster.nowNanos() < untilNanos;
    }

    /** It hears a message that reaches it. */
    void hears(Message message) {
        remember(terms, message.term());
        if (message instanceof Request.FromLeader leader) {
            remember(indexes, leader.commitIndex());
        } else if (message instanceof Request.Vote vote) {
            remember(indexes, vote.last().index());
        } else if (message instanceof Request.TimeoutNow timeoutNow) {
            remember(proofs, timeoutNow.proof());
            if (isLying() && random.nextBoolean()) {
                // As if it led already, in the term that was handed over.
                leadsIn(timeoutNow.term(), cluster.member(timeoutNow.header().from()));
            }
        }
    }

    private void leadsIn(long term, VirtualMember to) {
        Membership membership = member.isUp() ? member.view().membership() : null;
        if (membership != null) {
            Duration promise = member.settings().electionTimeout();
            cluster.network().lie(new Request.Heartbeat(header(membership, to), term, promise, 0, null));
        }
    }

    private Header header(Membership membership, VirtualMember to) {
        return new Header(
                Header.PROTOCOL,
                member.settings().cluster(),
                membership.clusterId(),
                member.id(),
                member.disk().incarnation(),
                true,
                to.id(),
                to.disk().incarnation(),
                (1L << 60) + ++lies);
    }

    private static <V> void remember(List<V> seen, V value) {
        seen.add(value);
        if (seen.size() > REMEMBERED) {
            seen.remove(0);
        }
    }

    // -- answers -------------------------------------------------------------------------------------------------

    /** What it says where the member behind it would give an answer: that, or a lie. */
    Response says(Response truth) {
        if (!isLying() || random.nextInt(3) == 0) {
            return truth;
        }
        try {
            return lie(truth);
        } catch (IllegalArgumentException impossible) {
            return truth;
        }
    }

    private Response lie(Response truth) {
        Header header = truth.header();
        Refusal refusal = random.nextInt(4) > 0 ? null : refusal();
        if (truth instanceof Response.Vote vote) {
            long granted = vote.phase() == Phase.VOTE ? vote.askedTerm() : vote.askedTerm() - 1;
            return new Response.Vote(
                    header, vote.phase(), vote.askedTerm(), refusal == null ? granted : term(), refusal);
        }
        if (truth instanceof Response.Heartbeat heartbeat) {
            long term = refusal == null ? heartbeat.term() : term();
            return new Response.Heartbeat(header, term, refusal, position(term), maybeAnyPosition());
        }
        if (truth instanceof Response.Append append) {
            return new Response.Append(header, refusal == null ? append.term() : term(), refusal, index());
        }
        if (truth instanceof Response.Ping) {
            // It says nothing that could be a lie.
            return truth;
        }
        return new Response.TimeoutNow(header, term(), refusal);
    }

    private Refusal refusal() {
        RefusalReason[] all = RefusalReason.values();
        RefusalReason reason = all[random.nextInt(all.length)];
        long bound = random.nextLong(2 * member.settings().electionTimeout().toNanos());
        return new Refusal(
                reason,
                reason == RefusalReason.BOUND ? Duration.ofNanos(bound) : null,
                maybeAnyPosition(),
                random.nextBoolean() ? anybody().id() : null);
    }

    // -- of its own accord ---------------------------------------------------------------------------------------

    /** Sends requests that the member behind it knows nothing of. */
    void speaks(int times) {
        Membership membership = member.isUp() ? member.view().membership() : null;
        if (membership == null) {
            return;
        }
        for (int i = 0; i < times; i++) {
            VirtualMember to = anybody();
            if (to != member) {
                try {
                    cluster.network().lie(request(membership, to));
                } catch (IllegalArgumentException impossible) {
                    // There is no such message.
                }
            }
        }
    }

    private Request request(Membership membership, VirtualMember to) {
        Header header = header(membership, to);
        long term = Math.max(1, term());
        Duration promise = member.settings().electionTimeout();
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> vote(header, term);
            case 3, 4 -> {
                TransferProof proof = proof(term);
                yield new Request.TimeoutNow(header, proof, position(proof.term()));
            }
            case 5, 6 -> new Request.Heartbeat(header, term, promise, index(), null);
            default -> append(header, term, promise);
        };
    }

    /** As far as anybody's log, so that only who is bound, or has voted, refuses. */
    private Request.Vote vote(Header header, long term) {
        ElectionView view = member.view();
        Phase phase = random.nextInt(3) == 0 ? Phase.PRE_VOTE : Phase.VOTE;
        LogPosition last = new LogPosition(Math.max(1, term - 1), view.last().index() + random.nextInt(3));
        TransferProof proof = null;
        long asked = term;
        if (random.nextInt(3) > 0) {
            // Good in the next term, and in none after that.
            proof = new TransferProof(random.nextBoolean() ? anybody().id() : member.id(), term);
            asked = term + 1 + Math.max(0, random.nextInt(4) - 1);
        }
        return new Request.Vote(header, phase, asked, last, maybeAnyPosition(), 1, null, proof);
    }

    private Request.Append append(Header header, long term, Duration promise) {
        LogPosition previous = random.nextBoolean() ? member.view().last() : position(term);
        List<Entry> entries = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            long index = previous.index() + entries.size() + 1;
            Payload payload = random.nextBoolean()
                    ? new Payload.Application("test", Bytes.utf8("lie " + index))
                    : new Payload.TermOpening(member.id(), null, null);
            entries.add(new Entry(index, Math.max(previous.term(), Math.min(term, term())), payload));
        }
        return new Request.Append(header, term, promise, index(), previous, entries);
    }

    private TransferProof proof(long term) {
        if (!proofs.isEmpty() && random.nextInt(3) == 0) {
            return proofs.get(random.nextInt(proofs.size()));
        }
        return new TransferProof(random.nextBoolean() ? member.id() : anybody().id(), term);
    }

    private VirtualMember anybody() {
        return cluster.members().get(random.nextInt(cluster.members().size()));
    }

    /** No great leap: the greatest terms leave nothing to elect anybody in. */
    private long term() {
        long seen = terms.get(random.nextInt(terms.size()));
        return switch (random.nextInt(8)) {
            case 0 -> Math.max(0, seen - 1);
            case 1, 2 -> seen + 1;
            case 3 -> seen + 2;
            default -> seen;
        };
    }

    private long index() {
        long seen = indexes.get(random.nextInt(indexes.size()));
        return switch (random.nextInt(8)) {
            case 0 -> Math.max(0, seen - 1 - random.nextInt(5));
            case 1, 2 -> seen + 1;
            case 3 -> seen + random.nextInt(100);
            default -> seen;
        };
    }

    private LogPosition position(long upTo) {
        long term = Math.min(upTo, Math.max(1, term()));
        return term == 0 ? LogPosition.NONE : new LogPosition(term, Math.max(1, index()));
    }

    private @Nullable LogPosition maybeAnyPosition() {
        return random.nextInt(3) == 0 ? position(term()) : null;
    }
}
