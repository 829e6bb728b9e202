package io.election.core;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request from one member to another. Each kind has one kind of {@link Response}. */
public sealed interface Request extends Message {

    /** A message that only the leader of a term sends. */
    sealed interface FromLeader extends Request permits Heartbeat, Append, InstallSnapshot {

        /** The longest promise that may be asked for. A message that asks for more is impossible. */
        Duration PROMISE_LIMIT = Duration.ofHours(1);

        /**
         * For how long the receiver is to help no other member (safety rule 6).
         *
         * @return the promise asked for
         */
        Duration promise();

        /**
         * The leader's commit index.
         *
         * @return the index of the last entry that the leader knows to be committed
         */
        long commitIndex();

        private static void check(long term, Duration promise, long commitIndex) {
            Message.checkOwnTerm(term);
            if (promise.isNegative() || promise.compareTo(PROMISE_LIMIT) > 0) {
                throw new IllegalArgumentException(
                        "promise must be at least 0 and at most " + PROMISE_LIMIT + ", but is " + promise);
            }
            Message.checkIndex("commitIndex", commitIndex);
        }
    }

    /**
     * A candidate asks for a vote, or in a pre-vote whether it would get one.
     *
     * @param header the header
     * @param phase pre-vote or vote
     * @param term the term that the candidate stands in, or would stand in
     * @param last the end of the candidate's log
     * @param application the position of the candidate's application log, or {@code null} if it has none
     * @param receiverNamedAt the index of the entry that the receiver must know to be committed for its vote to count, according
     *     to the candidate's log; 1, the founding, for a receiver whose vote counts at once; 0 if the candidate's log names no
     *     receiver
     * @param founding the candidate's member list; present only if the candidate holds no entry
     * @param proof the transfer proof with which the candidate stands, or {@code null}
     */
    record Vote(
            Header header,
            Phase phase,
            long term,
            LogPosition last,
            @Nullable LogPosition application,
            long receiverNamedAt,
            @Nullable List<ListedMember> founding,
            @Nullable TransferProof proof)
            implements Request {

        public Vote {
            Message.checkOwnTerm(term);
            // The term of a candidacy is higher than that of every entry that the candidate holds.
            Message.checkPosition("last", last, term - 1);
            Message.checkIndex("receiverNamedAt", receiverNamedAt);
            if (receiverNamedAt > last.index()) {
                throw new IllegalArgumentException("receiverNamedAt must be in the candidate's log, which ends at "
                        + last.index() + ", but is " + receiverNamedAt);
            }
            founding = founding == null ? null : List.copyOf(founding);
            if (founding != null) {
                checkFounding(founding);
                if (last.index() > 0 || header.clusterId() != null) {
                    throw new IllegalArgumentException(
                            "founding must be absent where the candidate holds an entry, but it ends at " + last);
                }
            }
        }

        private static void checkFounding(List<ListedMember> founding) {
            if (founding.size() > Message.MOST_MEMBERS
                    || founding.stream().noneMatch(m -> m.kind() == MemberKind.DATA)
                    || founding.stream().map(ListedMember::id).distinct().count() != founding.size()) {
                throw new IllegalArgumentException("founding must name up to " + Message.MOST_MEMBERS
                        + " members with different ids, one of them a data member, but names " + founding.size());
            }
        }
    }

    /**
     * The heartbeat of a leader.
     *
     * @param header the header
     * @param term the leader's term
     * @param promise the promise that it asks of the receiver
     * @param commitIndex the leader's commit index
     * @param watermark the application position known to be on a quorum, or {@code null}
     * @param replica what the leader says of the replicas, or {@code null} if the log feeds no state machine
     */
    record Heartbeat(
            Header header,
            long term,
            Duration promise,
            long commitIndex,
            @Nullable LogPosition watermark,
            @Nullable ReplicaNews replica)
            implements FromLeader {

        public Heartbeat {
            FromLeader.check(term, promise, commitIndex);
            if (watermark != null && watermark.term() > term) {
                throw new IllegalArgumentException(
                        "watermark must be of a term up to " + term + ", but is " + watermark);
            }
            checkReplica(replica, commitIndex);
        }

        /**
         * The heartbeat of a leader whose log feeds no state machine.
         *
         * @param header the header
         * @param term the leader's term
         * @param promise the promise that it asks of the receiver
         * @param commitIndex the leader's commit index
         * @param watermark the application position known to be on a quorum, or {@code null}
         */
        public Heartbeat(
                Header header, long term, Duration promise, long commitIndex, @Nullable LogPosition watermark) {
            this(header, term, promise, commitIndex, watermark, null);
        }
    }

    private static void checkReplica(@Nullable ReplicaNews replica, long commitIndex) {
        if (replica != null && replica.acknowledged() > commitIndex) {
            throw new IllegalArgumentException("acknowledged must be committed, but is " + replica.acknowledged()
                    + " where commitIndex is " + commitIndex);
        }
    }

    /**
     * The leader sends entries.
     *
     * @param header the header
     * @param term the leader's term
     * @param promise the promise that it asks of the receiver
     * @param commitIndex the leader's commit index
     * @param previous the position before the first entry
     * @param entries the entries, without a gap, at least one
     * @param replica what the leader says of the replicas, or {@code null} if the log feeds no state machine
     */
    record Append(
            Header header,
            long term,
            Duration promise,
            long commitIndex,
            LogPosition previous,
            List<Entry> entries,
            @Nullable ReplicaNews replica)
            implements FromLeader {

        /** The highest number of entries in one message. */
        public static final int MOST_ENTRIES = 1024;

        public Append {
            FromLeader.check(term, promise, commitIndex);
            Message.checkPosition("previous", previous, term);
            entries = List.copyOf(entries);
            if (entries.isEmpty() || entries.size() > MOST_ENTRIES) {
                throw new IllegalArgumentException(
                        "entries must be 1 to " + MOST_ENTRIES + ", but are " + entries.size());
            }
            long expected = previous.index() + 1;
            long atLeast = previous.term();
            for (Entry entry : entries) {
                if (entry.index() != expected++ || entry.term() < atLeast || entry.term() > term) {
                    throw new IllegalArgumentException(
                            "entries must follow previous without a gap, in terms that do not fall, up to " + term
                                    + ", but entry " + entry.position() + " does not");
                }
                atLeast = entry.term();
            }
            if (previous.index() == 0 && entries.get(0).payload().membership() == null) {
                throw new IllegalArgumentException("entries must begin with the founding if no entry is before them");
            }
            checkReplica(replica, commitIndex);
        }

        /**
         * The entries of a leader whose log feeds no state machine.
         *
         * @param header the header
         * @param term the leader's term
         * @param promise the promise that it asks of the receiver
         * @param commitIndex the leader's commit index
         * @param previous the position before the first entry
         * @param entries the entries, without a gap, at least one
         */
        public Append(
                Header header,
                long term,
                Duration promise,
                long commitIndex,
                LogPosition previous,
                List<Entry> entries) {
            this(header, term, promise, commitIndex, previous, entries, null);
        }
    }

    /**
     * The leader sends the snapshot of its log to a member that lacks compacted entries.
     *
     * @param header the header
     * @param term the leader's term
     * @param promise the promise that it asks of the receiver
     * @param commitIndex the leader's commit index
     * @param snapshot the snapshot
     */
    record InstallSnapshot(Header header, long term, Duration promise, long commitIndex, Snapshot snapshot)
            implements FromLeader {

        public InstallSnapshot {
            FromLeader.check(term, promise, commitIndex);
            if (snapshot.membership() == null
                    || snapshot.last().index() < 1
                    || snapshot.last().term() > term) {
                throw new IllegalArgumentException(
                        "snapshot must hold a membership and end in a term up to " + term + ", but is " + snapshot);
            }
            if (snapshot.last().index() > commitIndex) {
                throw new IllegalArgumentException("snapshot must be committed, but ends at "
                        + snapshot.last().index() + " where commitIndex is " + commitIndex);
            }
        }
    }

    /**
     * A voter asks another voter whether it answers. Like a pre-vote it changes nothing on the receiver, whatever its role,
     * and neither does the answer on the one that asked: no term is adopted, nobody is bound, and no lease, promise or
     * presence of a leader depends on it.
     *
     * @param header the header
     */
    record Ping(Header header) implements Request {

        /** {@return 0: a ping is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * A member says that it is there, in which incarnation, and where it is reached. One that the log does not name asks with
     * it to become a learner (thesis, section 4.2.1). It changes no term and binds nobody.
     *
     * @param header the header
     * @param kind what the sender may do
     * @param contact where it is reached, or {@code null} if it does not say
     * @param allegiance the cluster whose entries it holds, or {@code null} if it holds none, or does not say
     * @param renounces a founding for which the sender has voted and which it has renounced: it asks the receiver to renounce it
     *     as well; {@code null} if there is none
     */
    record Announce(
            Header header,
            MemberKind kind,
            @Nullable Contact contact,
            @Nullable Allegiance allegiance,
            @Nullable Renunciation renounces)
            implements Request {

        public Announce {
            if (allegiance != null && header.clusterId() == null) {
                throw new IllegalArgumentException("allegiance must be absent if there is no clusterId");
            }
        }

        /**
         * The announcement of a member that holds no entry, or does not say of which cluster.
         *
         * @param header the header
         * @param kind what the sender may do
         * @param contact where it is reached, or {@code null} if it does not say
         */
        public Announce(Header header, MemberKind kind, @Nullable Contact contact) {
            this(header, kind, contact, null, null);
        }

        /** {@return 0: an announcement is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * A member that closes asks the leader to remove it from the cluster. It changes no term and binds nobody.
     *
     * @param header the header
     */
    record Leave(Header header) implements Request {

        /** {@return 0: a departure is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * A member passes on to the leader what an operator wishes. It changes no term and binds nobody. Its answer comes once the
     * change is committed, or is known not to be made. If it is lost, the sender cannot know.
     *
     * @param header the header
     * @param action what to do
     * @param member to whom
     * @param builds the version of the membership that the change builds on, or {@code null} for whichever is in force
     * @param force whether a change is made that leaves no voter to spare
     * @param terms what is said with a pause of the leadership, or with its end; {@code null} with everything else
     */
    record Change(
            Header header,
            MemberChange.Action action,
            String member,
            @Nullable Long builds,
            boolean force,
            @Nullable PauseTerms terms)
            implements Request {

        public Change {
            Message.checkName("member", member);
            if (builds != null) {
                Message.checkIndex("builds", builds);
            }
            action.of(member, terms);
        }

        /**
         * The wish to change the members.
         *
         * @param header the header
         * @param action what to do
         * @param member to whom
         * @param builds the version of the membership that the change builds on, or {@code null} for whichever is in force
         * @param force whether a change is made that leaves no voter to spare
         */
        public Change(Header header, MemberChange.Action action, String member, @Nullable Long builds, boolean force) {
            this(header, action, member, builds, force, null);
        }

        /**
         * What is wished.
         *
         * @return the change
         */
        public MemberChange change() {
            return action.of(member, terms);
        }

        /** {@return 0: a wish is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * The leader tells the receiver to stand at once.
     *
     * @param header the header
     * @param proof the transfer proof, which says that the leader has given up its lease
     * @param expected how far the receiver's log must reach at least
     */
    record TimeoutNow(Header header, TransferProof proof, LogPosition expected) implements Request {

        public TimeoutNow {
            Message.checkPosition("expected", expected, proof.term());
        }

        @Override
        public long term() {
            return proof.term();
        }
    }

    /**
     * A member asks the leader to append entries for it. It changes no term and binds nobody. The answer comes once the entries are
     * acknowledged, or are known not to be appended. If it is lost, the sender cannot know.
     *
     * @param header the header
     * @param leadersTerm the term in which the receiver leads, as far as the sender knows. It is appended in no other one, so whoever is
     *     told that it was not appended can rely on that, however late another copy of this message arrives
     * @param firstRequest the first request id of the sender's process. Those of different processes are drawn at random
     * @param entries the contents of the entries, in their order, at least one
     */
    record Propose(Header header, long leadersTerm, long firstRequest, List<Payload.Application> entries)
            implements Request {

        public Propose {
            Message.checkTerm(leadersTerm);
            if (firstRequest < 0 || firstRequest > header.requestId()) {
                throw new IllegalArgumentException(
                        "firstRequest must be from 0 to " + header.requestId() + ", but is " + firstRequest);
            }
            entries = List.copyOf(entries);
            if (entries.isEmpty() || entries.size() > Append.MOST_ENTRIES) {
                throw new IllegalArgumentException(
                        "entries must be 1 to " + Append.MOST_ENTRIES + ", but are " + entries.size());
            }
        }

        /** {@return 0: a proposal is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * A member asks the leader up to which index everything must be applied before a read is linearizable (thesis, section 6.4). It
     * changes no term and binds nobody.
     *
     * @param header the header
     */
    record ReadIndex(Header header) implements Request {

        /** {@return 0: a read is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }

    /**
     * A member asks another one for a piece of an image of its state. The election knows nothing of it: it is answered beside the core.
     *
     * @param header the header
     * @param last the last entry that the image stands for
     * @param image the name of the image
     * @param offset where the piece begins
     * @param most how many bytes it may have
     */
    record FetchImage(Header header, LogPosition last, StateImage image, long offset, int most) implements Request {

        /** The most bytes in one piece. */
        public static final int MOST_BYTES = 1 << 18;

        public FetchImage {
            Message.checkPosition("last", last, Message.TERM_LIMIT - 1);
            if (offset < 0 || offset >= image.length()) {
                throw new IllegalArgumentException(
                        "offset must be in the image of " + image.length() + " bytes, but is " + offset);
            }
            if (most < 1 || most > MOST_BYTES) {
                throw new IllegalArgumentException("most must be from 1 to " + MOST_BYTES + ", but is " + most);
            }
        }

        /** {@return 0: a fetch is of no term} */
        @Override
        public long term() {
            return 0;
        }
    }
}
