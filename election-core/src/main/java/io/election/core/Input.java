package io.election.core;

import org.jspecify.annotations.Nullable;

/** Everything that can happen to an {@link Election}. */
public sealed interface Input {

    /** Time has passed; nothing else. Due at {@link Output#wakeAtNanos()} at the latest. */
    record Tick() implements Input {}

    /** The application is ready: from now on this member may stand. */
    record Ready() implements Input {}

    /**
     * A peer asks.
     *
     * @param exchange names the call; the answer is an {@link Effect.Reply} with the same number
     * @param request what it asks
     */
    record RequestReceived(long exchange, Request request) implements Input {}

    /**
     * A peer answered.
     *
     * @param response the answer
     */
    record ResponseReceived(Response response) implements Input {}

    /**
     * A request will not be answered: the call failed, or ran out of time.
     *
     * @param requestId which
     */
    record Unanswered(long requestId) implements Input {}

    /**
     * A write, and so every earlier one, is durable.
     *
     * @param write which
     */
    record Persisted(long write) implements Input {}

    /**
     * A write may not be durable. The member never votes, acknowledges or leads again (safety rule 13).
     *
     * @param detail what went wrong
     */
    record PersistFailed(String detail) implements Input {}

    /**
     * A caller found the lease run out at an instant that this machine has not seen. It is not revived.
     *
     * @param term the leadership
     */
    record LeaseLapsed(long term) implements Input {}

    /**
     * A caller wishes to hand the leadership over.
     *
     * @param call names the wish; its end is an {@link Effect.TransferEnded} with the same number
     * @param to the successor, or {@code null} for the best
     */
    record TransferLeadership(long call, @Nullable String to) implements Input {}

    /**
     * A caller wishes this member to give up its leadership, and to stand last for a while.
     *
     * @param call names the wish; its end is an {@link Effect.TransferEnded} with the same number. 0 if nobody waits
     */
    record StepDown(long call) implements Input {

        /** For a caller that does not wait. */
        public StepDown() {
            this(0);
        }
    }

    /**
     * A caller asks whether this member still leads, by the word of a quorum given after this.
     *
     * @param call names the wish; its answer is an {@link Effect.ConfirmEnded} with the same number
     */
    record Confirm(long call) implements Input {}

    /** The member is closing: it hands over if it leads, and stands no more. Its end is an {@link Effect.Closed}. */
    record Close() implements Input {}

    /**
     * All listeners and all work of a leadership that ended are done.
     *
     * @param term the leadership
     */
    record LeadershipWorkDone(long term) implements Input {}

    /**
     * The application's own log has advanced.
     *
     * @param position where it is now, durable
     */
    record PositionAdvanced(LogPosition position) implements Input {}

    /**
     * The time between the candidacies of neighbours in rank was measured: a round trip and a disk write.
     *
     * @param stepNanos its length
     */
    record StepMeasured(long stepNanos) implements Input {}

    /**
     * The leader is to write an entry.
     *
     * @param call names the wish; its answer is an {@link Effect.ProposalAnswered} with the same number
     * @param payload what the entry says
     */
    record Propose(long call, Payload payload) implements Input {}
}
