package io.election.core.simulator;

import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Instants in a member's life at which a fault does most harm. */
enum Moment {
    OWN_VOTE_BEING_WRITTEN,
    VOTE_BEING_WRITTEN,
    TERM_OR_PROMISE_BEING_WRITTEN,
    OPENING_BEING_WRITTEN,
    MEMBERSHIP_BEING_WRITTEN,
    ENTRY_BEING_WRITTEN,
    TAIL_BEING_CUT,
    SNAPSHOT_BEING_WRITTEN,
    /** A write is durable, and nothing that waited for it has left. */
    WRITTEN_AND_NOT_SENT,
    PRE_VOTE_ASKED,
    VOTE_HAS_LEFT,
    ACKNOWLEDGEMENT_HAS_LEFT,
    TIMEOUT_NOW_HAS_LEFT,
    LEADERSHIP_GAINED,
    LEASE_GIVEN_UP,
    LEASE_LOST,
    LEASE_NEARLY_OVER;

    /** The moment that an effect is, once it is carried out. */
    static @Nullable Moment of(Effect effect, String self) {
        if (effect instanceof Effect.Persist persist) {
            return of(persist.records(), self);
        }
        if (effect instanceof Effect.Send send && send.request() instanceof Request.TimeoutNow) {
            return TIMEOUT_NOW_HAS_LEFT;
        }
        if (effect instanceof Effect.Send send
                && send.request() instanceof Request.Vote vote
                && vote.phase() == Phase.PRE_VOTE) {
            return PRE_VOTE_ASKED;
        }
        if (effect instanceof Effect.LeadershipGained) {
            return LEADERSHIP_GAINED;
        }
        if (effect instanceof Effect.LeadershipEnded ended) {
            return switch (ended.reason()) {
                case HANDED_OVER, REQUESTED, SHUTDOWN -> LEASE_GIVEN_UP;
                case LEASE_LOST, CLOCK_JUMPED -> LEASE_LOST;
                default -> null;
            };
        }
        return null;
    }

    static @Nullable Moment ofSent(Response response) {
        if (response.refusal() != null) {
            return null;
        }
        if (response instanceof Response.Vote vote) {
            return vote.phase() == Phase.VOTE ? VOTE_HAS_LEFT : null;
        }
        return response instanceof Response.Append ? ACKNOWLEDGEMENT_HAS_LEFT : null;
    }

    private static @Nullable Moment of(List<DurableRecord> records, String self) {
        for (DurableRecord change : records) {
            if (change instanceof DurableRecord.LogTruncated) {
                return TAIL_BEING_CUT;
            }
            if (change instanceof DurableRecord.SnapshotReplaced) {
                return SNAPSHOT_BEING_WRITTEN;
            }
        }
        DurableRecord last = records.get(records.size() - 1);
        if (last instanceof DurableRecord.EntryAppended appended) {
            Payload payload = appended.entry().payload();
            return payload instanceof Payload.TermOpening
                    ? OPENING_BEING_WRITTEN
                    : payload instanceof Payload.MembershipChange ? MEMBERSHIP_BEING_WRITTEN : ENTRY_BEING_WRITTEN;
        }
        if (last instanceof DurableRecord.CommitKnown) {
            return null;
        }
        String votedFor = ((DurableRecord.HardStateChanged) last).state().votedFor();
        return votedFor == null
                ? TERM_OR_PROMISE_BEING_WRITTEN
                : votedFor.equals(self) ? OWN_VOTE_BEING_WRITTEN : VOTE_BEING_WRITTEN;
    }
}
