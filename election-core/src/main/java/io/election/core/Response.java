package io.election.core;

import org.jspecify.annotations.Nullable;

/** The answer to a {@link Request}. A refusal says why, and the member that refused has changed nothing. */
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
     * @param phase the phase of the request
     * @param askedTerm the term of the request
     * @param term the voter's own term
     * @param refusal why the vote was refused, or {@code null} if it is granted
     * @param clock the voter's clock, if it grants a vote that founds a cluster; {@code null} otherwise, and from a member of a
     *     version that does not say it
     */
    record Vote(
            Header header,
            Phase phase,
            long askedTerm,
            long term,
            @Nullable Refusal refusal,
            @Nullable FounderClock clock)
            implements Response {

        public Vote {
            Message.checkTerm(term);
            Message.checkOwnTerm(askedTerm);
            // A pre-vote is granted from an earlier term, or from the same one. A vote is granted from exactly its own
            // term.
            if (refusal == null && (term > askedTerm || (phase == Phase.VOTE && term != askedTerm))) {
                throw new IllegalArgumentException(
                        "a " + phase + " for term " + askedTerm + " is not granted in term " + term);
            }
            if (clock != null && (refusal != null || header.clusterId() != null)) {
                throw new IllegalArgumentException("clock must be absent where no cluster is founded");
            }
        }

        /**
         * The answer to a vote that founds no cluster, or to any that is refused.
         *
         * @param header the header
         * @param phase the phase of the request
         * @param askedTerm the term of the request
         * @param term the voter's own term
         * @param refusal why the vote was refused, or {@code null} if it is granted
         */
        public Vote(Header header, Phase phase, long askedTerm, long term, @Nullable Refusal refusal) {
            this(header, phase, askedTerm, term, refusal, null);
        }
    }

    /**
     * The answer to {@link Request.Heartbeat}.
     *
     * @param header the header
     * @param term the follower's own term
     * @param refusal why the heartbeat was refused, or {@code null} if the member follows
     * @param last the last position of the follower's log
     * @param application the position of the follower's application log, or {@code null}
     * @param replica what the follower says of its replica, or {@code null} if it has none
     * @param readsPauses whether it heeds a pause of the leadership; {@code null} from a member of a version that knows none
     */
    record Heartbeat(
            Header header,
            long term,
            @Nullable Refusal refusal,
            LogPosition last,
            @Nullable LogPosition application,
            @Nullable ReplicaStatus replica,
            @Nullable Boolean readsPauses)
            implements Response {

        public Heartbeat {
            Message.checkTerm(term);
            // A member that is out of service shows no term, but still the end of its log.
            Message.checkPosition("last", last, refusal == null ? term : Message.TERM_LIMIT - 1);
        }

        /**
         * The answer of a member of this version.
         *
         * @param header the header
         * @param term the follower's own term
         * @param refusal why the heartbeat was refused, or {@code null} if the member follows
         * @param last the last position of the follower's log
         * @param application the position of the follower's application log, or {@code null}
         * @param replica what the follower says of its replica, or {@code null} if it has none
         */
        public Heartbeat(
                Header header,
                long term,
                @Nullable Refusal refusal,
                LogPosition last,
                @Nullable LogPosition application,
                @Nullable ReplicaStatus replica) {
            this(header, term, refusal, last, application, replica, true);
        }

        /**
         * The answer of a member that has no replica.
         *
         * @param header the header
         * @param term the follower's own term
         * @param refusal why the heartbeat was refused, or {@code null} if the member follows
         * @param last the last position of the follower's log
         * @param application the position of the follower's application log, or {@code null}
         */
        public Heartbeat(
                Header header,
                long term,
                @Nullable Refusal refusal,
                LogPosition last,
                @Nullable LogPosition application) {
            this(header, term, refusal, last, application, null);
        }
    }

    /**
     * The answer to {@link Request.Append} and {@link Request.InstallSnapshot}.
     *
     * @param header the header
     * @param term the follower's own term
     * @param refusal why the entries were refused, or {@code null} if they are durable there
     * @param index the highest index at which the follower's log matches the leader's; with
     *     {@link RefusalReason#LOG_MISMATCH}, the highest index at which it may match; with
     *     {@link RefusalReason#FETCHING_IMAGE}, how many bytes of the image are there
     * @param applied up to which index the follower's replica has applied, or {@code null} if it has none, or applies no more
     */
    record Append(
            Header header,
            long term,
            @Nullable Refusal refusal,
            long index,
            @Nullable Long applied) implements Response {

        public Append {
            Message.checkTerm(term);
            Message.checkIndex("index", index);
            if (applied != null) {
                Message.checkIndex("applied", applied);
            }
        }

        /**
         * The answer of a member that has no replica.
         *
         * @param header the header
         * @param term the follower's own term
         * @param refusal why the entries were refused, or {@code null} if they are durable there
         * @param index the highest index at which the follower's log matches the leader's, or may match
         */
        public Append(Header header, long term, @Nullable Refusal refusal, long index) {
            this(header, term, refusal, index, null);
        }
    }

    /**
     * The answer to {@link Request.Ping}.
     *
     * @param header the header
     */
    record Ping(Header header) implements Response {

        /** {@return 0: a ping is of no term} */
        @Override
        public long term() {
            return 0;
        }

        @Override
        public @Nullable Refusal refusal() {
            return null;
        }
    }

    /**
     * The answer to {@link Request.Announce} and {@link Request.Leave}.
     *
     * @param header the header
     * @param refusal why the announcement was not taken, or {@code null} if it was
     * @param leader the leader as the receiver knows it, or {@code null} if it knows none
     * @param contact where that leader is reached, according to the receiver's log, or {@code null} if that does not say
     * @param generation the generation of the cluster whose entries the receiver holds, or {@code null} if it holds none, or does
     *     not say
     * @param gathering with whom the receiver would found a cluster, or {@code null} if it holds an entry, or knows the founders
     *     from a list
     */
    record Announce(
            Header header,
            @Nullable Refusal refusal,
            @Nullable String leader,
            @Nullable Contact contact,
            @Nullable Long generation,
            @Nullable Gathering gathering)
            implements Response {

        public Announce {
            Message.checkName("leader", leader);
            if ((generation != null || gathering != null) && (generation == null) == (header.clusterId() != null)) {
                throw new IllegalArgumentException(
                        "generation belongs to a member that holds an entry, and gathering to one that holds none");
            }
            if (generation != null && gathering != null) {
                throw new IllegalArgumentException("gathering must be absent where an entry is held");
            }
            if (generation != null) {
                new Allegiance(generation, leader);
            }
            if (contact != null && leader == null) {
                throw new IllegalArgumentException("contact must be absent where no leader is known");
            }
        }

        /**
         * The answer of a member that does not say to which cluster it belongs.
         *
         * @param header the header
         * @param refusal why the announcement was not taken, or {@code null} if it was
         * @param leader the leader as the receiver knows it, or {@code null} if it knows none
         * @param contact where that leader is reached, or {@code null}
         */
        public Announce(Header header, @Nullable Refusal refusal, @Nullable String leader, @Nullable Contact contact) {
            this(header, refusal, leader, contact, null, null);
        }

        /** The cluster of the receiver, or {@code null} if it does not say. */
        @Nullable Allegiance allegiance() {
            return generation == null ? null : new Allegiance(generation, leader);
        }

        /** {@return 0: an announcement is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * The answer to {@link Request.Change}.
     *
     * @param header the header
     * @param outcome how the change ended
     * @param version the membership in force at the leader then
     * @param detail one clause of explanation, which may be empty
     */
    record Change(Header header, MemberChange.Outcome outcome, long version, String detail) implements Response {

        /** The longest explanation. */
        static final int MOST_DETAIL = 1024;

        public Change {
            Message.checkIndex("version", version);
            if (detail.length() > MOST_DETAIL) {
                throw new IllegalArgumentException(
                        "detail must have up to " + MOST_DETAIL + " characters, but has " + detail.length());
            }
            if (!Message.isUnicode(detail)) {
                throw new IllegalArgumentException("detail must be text that can be written");
            }
        }

        /** {@return 0: a wish is of no term} */
        @Override
        public long term() {
            return 0;
        }

        @Override
        public @Nullable Refusal refusal() {
            return null;
        }
    }

    /**
     * The answer to {@link Request.TimeoutNow}.
     *
     * @param header the header
     * @param term the successor's own term
     * @param refusal why TimeoutNow was refused, or {@code null} if the successor stands
     */
    record TimeoutNow(Header header, long term, @Nullable Refusal refusal) implements Response {

        public TimeoutNow {
            Message.checkTerm(term);
        }
    }

    /**
     * The answer to {@link Request.Propose}.
     *
     * @param header the header
     * @param term the term of the member that answers
     * @param outcome what became of the entries
     * @param commitIndex the leader's commit index; 0 from a member that does not lead
     */
    record Propose(Header header, long term, ProposalOutcome outcome, long commitIndex) implements Response {

        public Propose {
            Message.checkTerm(term);
            Message.checkIndex("commitIndex", commitIndex);
        }

        @Override
        public @Nullable Refusal refusal() {
            return null;
        }
    }

    /**
     * The answer to {@link Request.ReadIndex}.
     *
     * @param header the header
     * @param term the term of the member that answers
     * @param index what was committed when a quorum was asked whether that member leads; 0 if it does not
     */
    record ReadIndex(Header header, long term, long index) implements Response {

        public ReadIndex {
            Message.checkTerm(term);
            Message.checkIndex("index", index);
        }

        @Override
        public @Nullable Refusal refusal() {
            return null;
        }
    }

    /**
     * The answer to {@link Request.FetchImage}.
     *
     * @param header the header
     * @param piece the piece, or {@code null} if the member has no such image any more
     */
    record FetchImage(Header header, @Nullable Bytes piece) implements Response {

        /** {@return 0: a fetch is of no term} */
        @Override
        public long term() {
            return 0;
        }

        @Override
        public @Nullable Refusal refusal() {
            return null;
        }
    }
}
