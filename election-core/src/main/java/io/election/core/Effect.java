package io.election.core;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.StepDownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Election} wants done, in the order given. What must follow a disk write names it: {@code afterWrite} is
 * the number of a {@link Persist} that has to be durable first, or 0 (safety rule 1).
 */
public sealed interface Effect {

    /**
     * Write this to the journal. Writes are carried out in the order of their numbers.
     *
     * @param write its number, rising by one
     * @param records what to write
     */
    record Persist(long write, List<DurableRecord> records) implements Effect {
        public Persist {
            records = List.copyOf(records);
        }
    }

    /**
     * Send this to the peer {@code request.header().to()}.
     *
     * @param request what to ask
     * @param afterWrite the write to wait for, or 0
     */
    record Send(Request request, long afterWrite) implements Effect {}

    /**
     * Answer a peer.
     *
     * @param exchange the call that is answered
     * @param response the answer
     * @param afterWrite the write to wait for, or 0
     */
    record Reply(long exchange, Response response, long afterWrite) implements Effect {}

    /**
     * This member leads from now on, while the lease holds.
     *
     * @param term the term
     * @param token its fencing token
     * @param lease the lease
     */
    record LeadershipGained(long term, FencingToken token, Lease lease) implements Effect {}

    /**
     * The lease holds longer; that of a sole voter, which had no end, has one once it is not alone any longer.
     *
     * @param term the term
     * @param lease the lease from now on
     */
    record LeaseExtended(long term, Lease lease) implements Effect {}

    /**
     * The lease is given up, but no other member can be elected yet: until then, work that was begun before is still alone.
     * Comes just before {@link LeadershipEnded}; before TimeoutNow it comes again with each acknowledgement.
     *
     * @param term the term
     * @param lease until when; {@code null} if it ends now, as it does before TimeoutNow leaves
     */
    record DrainLease(long term, @Nullable Lease lease) implements Effect {}

    /**
     * The answer to {@link Input.Confirm}.
     *
     * @param call the wish
     * @param confirmed whether a quorum acknowledged in this term what was sent after the wish, and this member still leads
     */
    record ConfirmEnded(long call, boolean confirmed) implements Effect {}

    /**
     * This member leads no longer. Stands before everything that may let another member lead (safety rule 8).
     *
     * @param term the term
     * @param reason why
     */
    record LeadershipEnded(long term, StepDownReason reason) implements Effect {}

    /**
     * The leader that this member knows is another one.
     *
     * @param term the term this member is in
     * @param leader the leader, or {@code null} if none is known any longer
     */
    record LeaderChanged(long term, @Nullable String leader) implements Effect {}

    /**
     * A transfer ended.
     *
     * @param call the wish
     * @param result how
     */
    record TransferEnded(long call, HandoverResult result) implements Effect {}

    /**
     * The answer to a proposal.
     *
     * @param call the wish
     * @param index where the entry stands in the log, or 0 if it was refused: this member does not lead, or is handing
     *     over, or its log is full, or the entry is too large
     */
    record ProposalAnswered(long call, long index) implements Effect {}

    /**
     * Who the members are: said in the first step of a life, and in each step after which another configuration is in force.
     * Stands before all other effects of its step, so that whoever sends to a member knows it. It waits for no write, for a
     * membership is in force as soon as it is in the log (thesis, section 4.1), and it may go back to an earlier one where the
     * entry is truncated.
     *
     * @param members all members, this one included, sorted by id
     * @param membership the same members as the log names them, or {@code null} before the founding
     */
    record MembersChanged(
            List<ListedMember> members, @Nullable Membership membership) implements Effect {
        public MembersChanged {
            members = List.copyOf(members);
        }
    }

    /**
     * Apply these entries of the application. They are committed, in the order of the log, and each comes once in a life; a
     * life begins with the first entry after its recovered snapshot. The election's own entries are not among them.
     *
     * @param entries the entries, at least one, each with a {@link Payload.Application}
     */
    record Apply(List<Entry> entries) implements Effect {
        public Apply {
            entries = List.copyOf(entries);
        }
    }

    /**
     * A leader's snapshot took the place of entries that were never applied here. The next {@link Apply} continues after it.
     *
     * @param snapshot what stands for them
     */
    record SnapshotInstalled(Snapshot snapshot) implements Effect {}

    /** The member has handed over what it had; its peers need it no more. */
    record Closed() implements Effect {}

    /**
     * Something worth telling people happened.
     *
     * @param observation what
     */
    record Observed(Observation observation) implements Effect {}
}
