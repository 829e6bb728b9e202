package io.election.core.simulator;

import io.election.core.EnrolledMember;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.ListedMember;
import io.election.core.Membership;
import io.election.core.Phase;
import io.election.core.Quorum;
import io.election.core.Request;
import io.election.core.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The round trips of the members, reckoned from the requests that they sent and the answers that came: what their waits may
 * depend on.
 */
final class RoundTripsSeen {

    private static final int KEPT = 5;
    private static final int FORGOTTEN_AFTER = 10;

    private record Asked(String member, long atNanos) {}

    private static final class Seen {
        final Map<Long, Asked> asked = new HashMap<>();
        final Map<String, Deque<Long>> latest = new HashMap<>();
        final Map<String, Long> at = new HashMap<>();
        boolean measures;
    }

    private final List<Seen> members = new ArrayList<>();

    RoundTripsSeen(int members) {
        for (int i = 0; i < members; i++) {
            this.members.add(new Seen());
        }
    }

    void started(MemberRecord w) {
        members.set(w.member.index(), new Seen());
    }

    void sends(MemberRecord w, Request request) {
        boolean fromMemory = request instanceof Request.Ping
                || request instanceof Request.Heartbeat
                || (request instanceof Request.Vote vote && vote.phase() == Phase.PRE_VOTE);
        if (fromMemory) {
            Header header = request.header();
            members.get(w.member.index()).asked.put(header.requestId(), new Asked(header.to(), w.monotonic()));
        }
    }

    void hears(MemberRecord w, Input input) {
        Seen seen = members.get(w.member.index());
        if (input instanceof Input.PingDue) {
            seen.measures = true;
        } else if (input instanceof Input.Unanswered unanswered) {
            seen.asked.remove(unanswered.requestId());
        } else if (input instanceof Input.ResponseReceived received) {
            Response response = received.response();
            Header header = response.header();
            Asked asked = seen.asked.remove(header.requestId());
            Membership membership = w.membership();
            boolean foreign = membership != null
                    && header.clusterId() != null
                    && !header.clusterId().equals(membership.clusterId());
            if (asked != null
                    && seen.measures
                    && asked.member().equals(header.from())
                    && w.member.disk().incarnation().equals(header.toIncarnation())
                    && !foreign) {
                Deque<Long> latest = seen.latest.computeIfAbsent(header.from(), member -> new ArrayDeque<>());
                latest.addLast(Math.max(0, w.monotonic() - asked.atNanos()));
                if (latest.size() > KEPT) {
                    latest.removeFirst();
                }
                seen.at.put(header.from(), w.monotonic());
            }
        }
    }

    /** The median of the latest, or 0. */
    long ofNanos(MemberRecord w, String member) {
        Seen seen = members.get(w.member.index());
        Long at = seen.at.get(member);
        long forgotten = FORGOTTEN_AFTER * w.member.settings().pingInterval().toNanos();
        if (at == null || w.monotonic() - at >= forgotten) {
            return 0;
        }
        List<Long> sorted = new ArrayList<>(seen.latest.get(member));
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    /** Within it, so many voters answer as make a quorum with this member, or as many as answer at all. */
    long ofQuorumNanos(MemberRecord w) {
        List<String> voters = new ArrayList<>();
        Membership membership = w.membership();
        if (membership == null) {
            for (ListedMember listed : w.member.settings().listed()) {
                if (listed.kind().votes()) {
                    voters.add(listed.id());
                }
            }
        } else {
            for (EnrolledMember named : membership.members()) {
                if (Enrolment.votes(named)) {
                    voters.add(named.id());
                }
            }
        }
        int others = Quorum.of(voters.size()) - 1;
        List<Long> known = new ArrayList<>();
        for (String voter : voters) {
            long roundTrip = voter.equals(w.member.id()) ? 0 : ofNanos(w, voter);
            if (roundTrip > 0) {
                known.add(roundTrip);
            }
        }
        Collections.sort(known);
        return others == 0 || known.isEmpty() ? 0 : known.get(Math.min(others, known.size()) - 1);
    }
}
