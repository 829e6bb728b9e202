package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.core.Transition.TransferEnd;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last part of a transfer: TimeoutNow is sent, and this member leads nobody and waits until a newer leader has
 * opened its term (safety rule 9). It sends TimeoutNow to the members that have caught up, one after the other. Several of them may hold the
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
    private boolean sentAgain;

    /** Who was heard to lead in a later term, or {@code null}. */
    private @Nullable String elected;

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
        sendTo(next);
        return true;
    }

    private void sendTo(String next) {
        Request.TimeoutNow request = new Request.TimeoutNow(
                messenger.headerTo(next), new TransferProof(configuration.self(), transfer.term()), log.last());
        successor = next;
        timeoutNowRequest = request.header().requestId();
        waitOn();
        messenger.send(request);
    }

    /**
     * The call to the successor failed. TimeoutNow may have arrived all the same. It goes to the next member, or, if there
     * is none, once more to the same one: a connection may break where the member behind it is well.
     */
    void unanswered() {
        proofMayBeHeld();
        if (!sendToNext() && !sentAgain) {
            sentAgain = true;
            sendTo(successor);
        }
    }

    /**
     * A member stands, probably with the proof, and got this member's vote. From now on the answer to TimeoutNow does not
     * matter: the member that stands may need this one for its quorum, whatever another one answers.
     */
    void voted() {
        timeoutNowRequest = 0;
        waitOn();
    }

    /**
     * A member leads in a later term. Its term's opening gets as much time as its election, as long as the transfer may
     * last.
     *
     * <p>No other successor is tried from now on, even if that opening never commits. A quorum has voted in the later
     * term, and the transfer proof is of use only with voters that have not, so nobody can win by it any more. This
     * member's log may have gone on as well, so TimeoutNow would ask for an entry that no other successor needs to hold.
     */
    void leaderHeard(String leader) {
        elected = leader;
        alternatives.clear();
        timeoutNowRequest = 0;
        long waitsUntil = time.nanos() + timeoutNanos / 2;
        if (waitsUntil - transfer.deadlineNanos() > 0) {
            waitsUntil = transfer.deadlineNanos();
        }
        endsNanos = StepTime.later(endsNanos, waitsUntil);
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

    /**
     * Whether a refusal of TimeoutNow shows that the successor uses the TimeoutNow that was sent before: it is in a later
     * term.
     */
    boolean isUsed(Refusal refusal) {
        return sentAgain && refusal.reason() == RefusalReason.STALE_TERM;
    }

    /** No newer leader was seen in time. */
    void over() {
        outbox.observe(new Observation.TransferProgress(who(), what()));
    }

    /** No successor leads. */
    TransferEnd failed() {
        return new TransferEnd(transfer.call(), Outcome.FAILED, who() + " " + what());
    }

    private String who() {
        return elected == null ? successor : elected;
    }

    private String what() {
        return elected == null ? "was not elected in time" : "was elected, but did not open its term in time";
    }
}
