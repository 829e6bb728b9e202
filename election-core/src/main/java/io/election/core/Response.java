package io.election.core;

import org.jspecify.annotations.Nullable;

/** The answer to a {@link Request}. Refused, it says why and changed nothing where it comes from. */
public sealed interface Response extends Message {

    /**
     * Why the request was refused.
     *
     * @return the reason, or {@code null} if it was granted
     */
    @Nullable Refusal refusal();

    /**
     * The answer to {@link Request.Vote}.
     *
     * @param header the header
     * @param phase what was asked
     * @param askedTerm the term that was asked for
     * @param term the voter's own term
     * @param refusal why not, or {@code null} if the vote is granted
     */
    record Vote(
            Header header,
            Phase phase,
            long askedTerm,
            long term,
            @Nullable Refusal refusal) implements Response {

        public Vote {
            Message.checkTerm(term);
            Message.checkOwnTerm(askedTerm);
            // A pre-vote is granted from a term before, a vote from that very term.
            if (refusal == null && (term > askedTerm || (phase == Phase.VOTE && term != askedTerm))) {
                throw new IllegalArgumentException(
                        "a " + phase + " for term " + askedTerm + " is not granted in term " + term);
            }
        }
    }

    /**
     * The answer to {@link Request.Heartbeat}.
     *
     * @param header the header
     * @param term the follower's own term
     * @param refusal why not, or {@code null} if it follows
     * @param last the end of its log
     * @param application its application's position, or {@code null}
     */
    record Heartbeat(
            Header header,
            long term,
            @Nullable Refusal refusal,
            LogPosition last,
            @Nullable LogPosition application) implements Response {

        public Heartbeat {
            Message.checkTerm(term);
            // One that is out of service shows no term, but still where its log ends.
            Message.checkPosition("last", last, refusal == null ? term : Message.TERM_LIMIT - 1);
        }
    }

    /**
     * The answer to {@link Request.Append} and {@link Request.InstallSnapshot}.
     *
     * @param header the header
     * @param term the follower's own term
     * @param refusal why not, or {@code null} if the entries are durable there
     * @param index the highest index that is the same as the leader's; refused with
     *     {@link RefusalReason#LOG_MISMATCH}, the highest that may be
     */
    record Append(Header header, long term, @Nullable Refusal refusal, long index) implements Response {

        public Append {
            Message.checkTerm(term);
            Message.checkIndex("index", index);
        }
    }

    /**
     * The answer to {@link Request.TimeoutNow}.
     *
     * @param header the header
     * @param term the successor's own term
     * @param refusal why not, or {@code null} if it stands
     */
    record TimeoutNow(Header header, long term, @Nullable Refusal refusal) implements Response {

        public TimeoutNow {
            Message.checkTerm(term);
        }
    }
}
