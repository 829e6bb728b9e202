package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.core.Transition.TransferEnd;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The last part of a transfer: TimeoutNow is sent, and this member leads nobody and waits for a newer leader (safety
 * rule 9). It sends TimeoutNow to the members that have caught up, one after the other. Several of them may hold the
 * transfer proof. That is safe: the proof is valid for one term, in which each member votes once.
 */
final class Succession {

    private final StepTime time;
    private final Outbox outbox;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Messenger messenger;
    private final long timeoutNanos;
    private final Transfer transfer;
    private final Deque<String> alternatives;
    private String successor;
    private long timeoutNowRequest;
    private long endsNanos;
    private boolean mayBeHeld;

    Succession(MemberState state, Transfer transfer, List<String> successors) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.log = state.log();
        this.configuration = state.configuration();
        this.messenger = state.messenger();
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        this.transfer = transfer;
        this.alternatives = new ArrayDeque<>(successors);
        this.successor = successors.get(0);
    }

    /** The term that was handed over. */
    long term() {
        return transfer.term();
    }

    String successor() {
        return successor;
    }

    /** Until when this member waits for a newer leader. */
    long endsNanos() {
        return endsNanos;
    }

    /** Whether a caller waits for the end of the transfer. */
    boolean hasCaller() {
        return transfer.call() != 0;
    }

    long call() {
        return transfer.call();
    }

    /**
     * A member may stand with the transfer proof: it accepted TimeoutNow, or TimeoutNow may have arrived although no
     * answer came.
     */
    void proofMayBeHeld() {
        mayBeHeld = true;
    }

    boolean mayBeHeld() {
        return mayBeHeld;
    }

    /** This member stops waiting, but the caller waits on, for as long as a transfer may take. */
    void waitForTheCaller() {
        endsNanos = StepTime.later(transfer.deadlineNanos(), time.nanos() + timeoutNanos / 2);
    }

    boolean endsAnyway() {
        return transfer.endsAnyway();
    }

    /** Sends TimeoutNow to the next member that has caught up. Returns whether there was one. */
    boolean sendToNext() {
        // No term follows the last one, so no member can stand in it. Only a member that lies brings a cluster that
        // far.
        String next = transfer.term() + 1 < Message.TERM_LIMIT ? alternatives.poll() : null;
        if (next == null) {
            return false;
        }
        Request.TimeoutNow request = new Request.TimeoutNow(
                messenger.headerTo(next), new TransferProof(configuration.self(), transfer.term()), log.last());
        successor = next;
        timeoutNowRequest = request.header().requestId();
        waitOn();
        messenger.send(request, 0);
        return true;
    }

    /** A member stands with the proof and got this member's vote. */
    void voted() {
        waitOn();
    }

    /** A member leads in a later term. Its opening gets the same time, as long as the transfer may last. */
    void leaderHeard() {
        // The proof's term is over, and this member's log may have gone on to the next.
        alternatives.clear();
        if (transfer.deadlineNanos() - time.nanos() > 0) {
            waitOn();
        }
    }

    private void waitOn() {
        endsNanos = time.nanos() + timeoutNanos / 2;
    }

    /** Whether a request is the TimeoutNow that waits for an answer. It no longer waits after this call. */
    boolean takesAnswerTo(long requestId) {
        if (timeoutNowRequest != requestId) {
            return false;
        }
        timeoutNowRequest = 0;
        return true;
    }

    void refused(Refusal refusal) {
        outbox.observe(new Observation.TransferProgress(successor, "refused TimeoutNow: " + refusal.reason()));
    }

    /** No newer leader was seen in time. */
    void over() {
        outbox.observe(new Observation.TransferProgress(successor, "was not elected in time"));
    }

    /** No successor was elected. */
    TransferEnd failed() {
        return new TransferEnd(transfer.call(), Outcome.FAILED, successor + " was not elected in time");
    }
}
