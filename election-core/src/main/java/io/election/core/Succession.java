package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.core.Transition.TransferEnd;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The end of a transfer: TimeoutNow is on its way, and this member leads nobody and waits for a newer leader (safety rule 9).
 * It sends TimeoutNow to one after the other of those who have caught up. Several may hold the proof: it is good for one term, in
 * which everybody votes once.
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

    /** Until when a newer leader is waited for. */
    long endsNanos() {
        return endsNanos;
    }

    /** Whether a caller waits for the end. */
    boolean hasCaller() {
        return transfer.call() != 0;
    }

    long call() {
        return transfer.call();
    }

    /** Somebody may stand with the transfer proof: it was taken, or it may have arrived although no answer came. */
    void proofMayBeHeld() {
        mayBeHeld = true;
    }

    boolean mayBeHeld() {
        return mayBeHeld;
    }

    /** This member waits no longer, but the caller does, for as long as a transfer may take. */
    void waitForTheCaller() {
        endsNanos = StepTime.later(transfer.deadlineNanos(), time.nanos() + timeoutNanos / 2);
    }

    boolean endsAnyway() {
        return transfer.endsAnyway();
    }

    /** Sends TimeoutNow to the next of those who have caught up; whether there was one. */
    boolean sendToNext() {
        // After the last term there is none to stand in: only a liar brings a cluster so far.
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

    /** Somebody stands with the proof and has this member's vote. */
    void voted() {
        waitOn();
    }

    private void waitOn() {
        endsNanos = time.nanos() + timeoutNanos / 2;
    }

    /** Whether a request is the TimeoutNow under way; from then on it is not. */
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

    /** Nobody newer was seen in time. */
    void over() {
        outbox.observe(new Observation.TransferProgress(successor, "was not elected in time"));
    }

    /** Nobody was elected. */
    TransferEnd failed() {
        return new TransferEnd(transfer.call(), Outcome.FAILED, successor + " was not elected in time");
    }
}
