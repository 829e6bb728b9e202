package io.election.core;

import io.election.FencingToken;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Everything that can happen to an {@link Election}. */
public sealed interface Input {

    /** Only time has passed. Due at {@link Output#wakeAtNanos()} at the latest. */
    record Tick() implements Input {}

    /** The application is ready. From now on this member may stand. */
    record Ready() implements Input {}

    /**
     * A request from a peer arrived.
     *
     * @param exchange identifies the call; the answer is an {@link Effect.Reply} with the same number
     * @param request the request
     */
    record RequestReceived(long exchange, Request request) implements Input {}

    /**
     * A response from a peer arrived.
     *
     * @param response the response
     */
    record ResponseReceived(Response response) implements Input {}

    /**
     * A request will get no answer: the call failed, or ran out of time.
     *
     * @param requestId the request
     */
    record Unanswered(long requestId) implements Input {}

    /**
     * A write is durable, and so is every earlier one.
     *
     * @param write the number of the write
     */
    record Persisted(long write) implements Input {}

    /**
     * A write may not be durable. The member never votes, acknowledges or leads again (safety rule 13).
     *
     * @param detail what went wrong
     */
    record PersistFailed(String detail) implements Input {}

    /**
     * A caller found that the lease had lapsed, at an instant that this machine has not seen. A lapsed lease is not
     * revived.
     *
     * @param term the term of the leadership
     */
    record LeaseLapsed(long term) implements Input {}

    /**
     * A caller asks this member to hand over its leadership.
     *
     * @param call identifies the call; its end is an {@link Effect.TransferEnded} with the same number
     * @param to the successor, or {@code null} for the best prepared member
     */
    record TransferLeadership(long call, @Nullable String to) implements Input {}

    /**
     * A caller asks this member to give up its leadership, and then to stand after all others for a while.
     *
     * @param call identifies the call; its end is an {@link Effect.TransferEnded} with the same number
     */
    record StepDown(long call) implements Input {

        /** Creates the input for a caller that does not wait. */
        public StepDown() {
            this(0);
        }
    }

    /**
     * This is where the other members reach this member.
     *
     * @param contact where
     */
    record ContactIs(Contact contact) implements Input {}

    /**
     * A caller wishes a change of the membership. Any member takes it, and has the leader make it.
     *
     * @param call identifies the call; its end is an {@link Effect.MemberChangeEnded} with the same number
     * @param change what to change
     * @param builds the version of the membership that the change builds on ({@link Membership#version()}), or {@code null} for
     *     whichever is in force
     * @param force whether a change is made that leaves no voter to spare
     */
    record ChangeMembers(
            long call, MemberChange change, @Nullable Long builds, boolean force) implements Input {

        public ChangeMembers {
            if (builds != null) {
                Message.checkIndex("builds", builds);
            }
        }
    }

    /**
     * A caller asks whether this member still leads. A quorum must confirm it after this input.
     *
     * @param call identifies the call; its answer is an {@link Effect.ConfirmEnded} with the same number
     */
    record Confirm(long call) implements Input {}

    /**
     * The member is closing. It hands over if it leads, and does not stand again. The end is an {@link Effect.Closed}.
     *
     * @param leaves whether it leaves the cluster, and so has itself removed first
     */
    record Close(boolean leaves) implements Input {

        /** Creates the input for a member that comes back. */
        public Close() {
            this(false);
        }
    }

    /**
     * All listeners and all work of an ended leadership are done.
     *
     * @param term the term of the leadership
     */
    record LeadershipWorkDone(long term) implements Input {}

    /**
     * The application's own log has advanced.
     *
     * @param position how far it is durable now
     */
    record PositionAdvanced(LogPosition position) implements Input {}

    /**
     * The time for the light exchange with the other voters has come, as it does in each
     * {@link ElectionSettings#pingInterval()}. A leader, whose heartbeats do the same, ignores it.
     */
    record PingDue() implements Input {}

    /**
     * An earlier life of this member has seen this token. If this member takes part in a founding, its tokens are higher.
     *
     * @param token the highest token known
     */
    record TokenKnown(FencingToken token) implements Input {}

    /**
     * The fence that is asked before a founding has answered ({@link FoundingSettings#asksForTokens()}). If this member takes
     * part in a founding, its tokens are higher.
     *
     * @param highest the highest token that the fence has seen, or {@code null} if it has seen none
     */
    record FenceAsked(@Nullable FencingToken highest) implements Input {}

    /**
     * Discovery finds these members. Comes again whenever something of it is different.
     *
     * @param ids the ids that answer at the addresses that discovery finds; this member need not be among them
     * @param unsure why these may not be all, such as an address at which nobody answers, as a clause; {@code null} if they are
     * @param staleness for how long what discovery shows may have been untrue. All that were found must have agreed for so long, or
     *     for {@link GatheringSettings#stableMargin()} if that is longer
     */
    record Discovered(Set<String> ids, @Nullable String unsure, Duration staleness) implements Input {
        public Discovered {
            ids = Set.copyOf(ids);
            if (staleness.isNegative()) {
                throw new IllegalArgumentException("staleness must not be negative, but is " + staleness);
            }
        }

        /**
         * Members that are all there are, as of now.
         *
         * @param ids the ids that answer
         */
        public Discovered(Set<String> ids) {
            this(ids, null, Duration.ZERO);
        }
    }

    /**
     * The part of the step that this member's disk asks for was measured: the time between the candidacies of neighbours in
     * rank is so long and a round trip more.
     *
     * @param stepNanos the length of the step without the round trip
     */
    record StepMeasured(long stepNanos) implements Input {}

    /**
     * A caller asks the leader to append an entry.
     *
     * @param call identifies the call; its answer is an {@link Effect.ProposalAnswered} with the same number
     * @param payload the content of the entry
     */
    record Propose(long call, Payload payload) implements Input {}

    /**
     * The replica has applied all entries up to an index.
     *
     * @param index the index of the last entry of an {@link Effect.Apply}, or of an installed snapshot
     * @param digest a digest of the state just after an entry, or {@code null} if there is no newer one
     */
    record Applied(long index, @Nullable StateDigest digest) implements Input {}

    /**
     * The state machine failed. This member applies nothing any more, does not stand and does not lead, until it is started again. It
     * still votes, stores and acknowledges.
     *
     * @param detail what went wrong, as a clause for people
     */
    record MachineFailed(String detail) implements Input {}

    /**
     * An image of the state is durable.
     *
     * @param last the last entry that it stands for, which has been applied
     * @param image its name
     */
    record ImageTaken(LogPosition last, StateImage image) implements Input {}

    /**
     * An image that {@link Effect.TakeImage} asked for could not be taken. It is asked for again when more has been applied.
     *
     * @param detail what went wrong, as a clause for people
     */
    record ImageNotTaken(String detail) implements Input {}

    /**
     * So much of an image that {@link Effect.FetchImage} asked for is here.
     *
     * @param last the last entry that the image stands for
     * @param image its name
     * @param received how many bytes are here
     * @param complete whether it is complete, verified and durable
     */
    record ImageFetched(LogPosition last, StateImage image, long received, boolean complete) implements Input {}

    /**
     * A caller asks for an index up to which everything must be applied before a read is linearizable (thesis, section 6.4). Any
     * member takes it, and asks the leader.
     *
     * @param call identifies the call; its answer is an {@link Effect.ReadIndexAnswered} with the same number
     */
    record ReadIndex(long call) implements Input {}

    /**
     * A caller asks the leader to append entries, one after the other. Any member takes it, and asks the leader.
     *
     * @param call identifies the call; its answer is an {@link Effect.ProposalEnded} with the same number
     * @param entries the contents of the entries, at least one
     */
    record ProposeAll(long call, List<Payload.Application> entries) implements Input {
        public ProposeAll {
            entries = List.copyOf(entries);
        }
    }
}
