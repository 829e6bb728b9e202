package io.election.core;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.StepDownReason;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An effect that an {@link Election} asks for. Effects are carried out in the order given, but writes begin first. An
 * answer that must follow a disk write names that write: {@code afterWrite} is the number of a {@link Persist} that has
 * to be durable first, or 0 (safety rule 1). A request waits for no write, because what it says binds nobody to its
 * sender before the sender's own writes are durable.
 */
public sealed interface Effect {

    /**
     * Write this to the journal. Writes are carried out in the order of their numbers.
     *
     * @param write its number; numbers rise by one
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
     * @param request the request
     */
    record Send(Request request) implements Effect {}

    /**
     * Answer a peer.
     *
     * @param exchange the number of the call that is answered
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
     * The lease is extended. Or the lease of a sole voter, which had no end, gets one because this member is no longer
     * the only voter.
     *
     * @param term the term
     * @param lease the lease from now on
     */
    record LeaseExtended(long term, Lease lease) implements Effect {}

    /**
     * The lease is given up, but no other member can be elected yet. Until the given time, no other member leads, so
     * work that was begun before may continue. Comes just before {@link LeadershipEnded}. Until TimeoutNow is sent, it
     * may come again with an acknowledgement that makes this time later.
     *
     * @param term the term
     * @param lease until when; {@code null} if this time ends now, as it does before TimeoutNow is sent
     */
    record DrainLease(long term, @Nullable Lease lease) implements Effect {}

    /**
     * The answer to {@link Input.Confirm}.
     *
     * @param call the number of the call
     * @param confirmed whether a quorum acknowledged, in this term, heartbeats that were sent after the call, and this
     *     member still leads
     */
    record ConfirmEnded(long call, boolean confirmed) implements Effect {}

    /**
     * This member no longer leads. Comes before every effect that may let another member lead (safety rule 8).
     *
     * @param term the term
     * @param reason why it ended
     */
    record LeadershipEnded(long term, StepDownReason reason) implements Effect {}

    /**
     * The leader that this member knows has changed.
     *
     * @param term the term that this member is in
     * @param leader the leader, or {@code null} if none is known any more
     */
    record LeaderChanged(long term, @Nullable String leader) implements Effect {}

    /**
     * A transfer ended.
     *
     * @param call the number of the call
     * @param result how it ended
     */
    record TransferEnded(long call, HandoverResult result) implements Effect {}

    /**
     * The answer to a proposal.
     *
     * @param call the number of the call
     * @param index the index of the entry, or 0 if it was refused: this member does not lead, or is handing over, or
     *     its log is full, or the entry is too large
     */
    record ProposalAnswered(long call, long index) implements Effect {}

    /**
     * The member list. Published in the first step after a start, and in each step after which another configuration is
     * in force, or a learner has come or gone. Comes before all other effects of its step, so that any code that sends to a member already knows that
     * member. It waits for no write, because a membership is in force as soon as it is in the log (thesis, section
     * 4.1). It may return to an earlier membership if the entry is truncated.
     *
     * @param members all members, this one included, and the learners that the log does not name, sorted by id
     * @param membership the members as the log names them, or {@code null} before the founding
     */
    record MembersChanged(
            List<ListedMember> members, @Nullable Membership membership) implements Effect {
        public MembersChanged {
            members = List.copyOf(members);
        }
    }

    /**
     * A member said where it is reached. That wins over what a list or the log says of it.
     *
     * @param member the member
     * @param contact where it is reached
     */
    record ContactLearnt(String member, Contact contact) implements Effect {}

    /**
     * The answer to {@link Input.ChangeMembers}.
     *
     * @param call the number of the call
     * @param result how it ended
     */
    record MemberChangeEnded(long call, MemberChange.Result result) implements Effect {}

    /**
     * Apply these entries. They are committed and in the order of the log. After a start, each entry comes once, beginning
     * with the first entry after the recovered snapshot. Where a state machine is configured
     * ({@link ElectionSettings#replication()}), all entries come, the election's own included. Otherwise those of the application do.
     *
     * @param entries the entries, at least one
     */
    record Apply(List<Entry> entries) implements Effect {
        public Apply {
            entries = List.copyOf(entries);
        }
    }

    /**
     * A leader's snapshot replaced entries that were never applied here. The next {@link Apply} continues after it.
     *
     * @param snapshot the snapshot that replaces them
     */
    record SnapshotInstalled(Snapshot snapshot) implements Effect {}

    /**
     * Begin a new life with an empty memory, in a new incarnation: what this one holds is worth nothing any more. Only a member
     * that keeps its memory in memory asks for that ({@link FoundingSettings#forgets()}). It is bound to nobody, and does not lead.
     *
     * @param why one clause that says why
     * @param token the highest token of the cluster that is forgotten, for {@link Input.TokenKnown} of the new life, or {@code null} if
     *     this life held no entry
     */
    record StartAnew(String why, @Nullable FencingToken token) implements Effect {}

    /** The member has handed over its leadership if it had one. Its peers no longer need it. */
    record Closed() implements Effect {}

    /**
     * Something happened that people should know of.
     *
     * @param observation what happened
     */
    record Observed(Observation observation) implements Effect {}

    /**
     * The answer to {@link Input.ProposeAll}.
     *
     * @param call the number of the call
     * @param outcome what became of the proposal
     */
    record ProposalEnded(long call, ProposalOutcome outcome) implements Effect {}

    /**
     * The answer to {@link Input.ReadIndex}.
     *
     * @param call the number of the call
     * @param index everything up to here must be applied before the read; 0 if there is no answer, because no leader is known, or it
     *     is none any more
     */
    record ReadIndexAnswered(long call, long index) implements Effect {}

    /**
     * Writers may be told that their entries are kept, up to an index. They are committed, and on as many data voters as the leader's
     * settings ask for. They need not be in this member's log yet.
     *
     * @param index the index of the last of them
     */
    record Acknowledged(long index) implements Effect {}

    /** An image of the state is due, after all that was applied so far. The answer is {@link Input.ImageTaken}. */
    record TakeImage() implements Effect {}

    /**
     * Fetch an image from a member. The answer is {@link Input.ImageFetched}, with each piece. Replaces every earlier one.
     *
     * @param from the member that has it
     * @param last the last entry that it stands for
     * @param image its name
     */
    record FetchImage(String from, LogPosition last, StateImage image) implements Effect {}

    /** The image that was to be fetched is not needed any more: all that it stands for came as entries. */
    record ImageNotNeeded() implements Effect {}

    /**
     * Of the images up to the last of these positions, all others may be dropped. Later ones stay: they are being taken or fetched, and
     * what names them comes later. The snapshot that names the last of these is durable.
     *
     * @param keep the last entries of those to keep, at least one
     */
    record RetainImages(Set<LogPosition> keep) implements Effect {
        public RetainImages {
            keep = Set.copyOf(keep);
        }
    }

    /** The state of this member differs from its leader's. It applies nothing any more: the replica stops. */
    record StateDiffers(StateDigest own, StateDigest leaders) implements Effect {}
}
