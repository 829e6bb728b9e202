package io.election.journal;

import static io.election.journal.JournaledMember.T;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ClockReading;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.Election;
import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts a member on what is left of its disk, and holds it to its account. */
final class Recovery {

    private final ElectionSettings settings;
    private final JournaledMember.Account account;
    private final ClockReading clock;

    Recovery(JournaledMember member) {
        this.settings = member.settings;
        this.account = member.account;
        this.clock = member.clock;
    }

    /** A start after a crash alone is never refused. */
    void keepsItsPromises(FaultyFiles disk, String where) {
        assertThat(isRefused(disk, where)).as("refused %s", where).isFalse();
    }

    /**
     * Starts the member: it keeps its promises, or its start is refused with an advice.
     *
     * @return whether it was refused
     */
    boolean isRefused(FaultyFiles disk, String where) {
        try (FileJournal journal = JournaledMember.open(disk, settings.nodeId())) {
            checkMemory(journal, where);
            checkPromises(journal, where);
            return false;
        } catch (JournalException e) {
            assertThat(adviceOf(e)).as("advice of %s %s", e, where).isTrue();
            return true;
        } catch (IOException e) {
            throw new AssertionError(where, e);
        }
    }

    static boolean adviceOf(JournalException e) {
        String advice = e instanceof DamagedJournalException
                ? "move the directory " + e.directory() + " away and start again"
                : e instanceof ForeignJournalException
                        ? "or give this member a directory of its own"
                        : e instanceof UnsupportedJournalException
                                ? "Start the version that wrote it"
                                : "Make " + e.directory() + " a directory on a local disk with space left";
        return e.getMessage().contains(advice)
                && e.getMessage().contains(e.file().toString());
    }

    private void checkMemory(FileJournal journal, String where) {
        // What was acknowledged is there, and nothing but what was being written.
        assertThat(journal.state()).as("state %s", where).isIn(account.allowed());
        if (account.incarnation != null) {
            assertThat(journal.incarnation()).as("incarnation %s", where).isEqualTo(account.incarnation);
        }
    }

    private void checkPromises(FileJournal journal, String where) {
        DurableState state = journal.state();
        long term = state.hardState().term();
        assertThat(term).as("term %s", where).isGreaterThanOrEqualTo(account.term);
        boolean sure = state.equals(account.acknowledged);
        if (sure) {
            // With a write under way, a leader may be cutting what was held.
            assertThat(JournaledMember.last(state).isBehind(account.held))
                    .as("ends at %s but said to hold %s, %s", JournaledMember.last(state), account.held, where)
                    .isFalse();
        }

        Started started = new Started(journal);
        long far = JournaledMember.last(state).index() + 100;
        Refusal atStart = started.vote("b", term + 1, ending(term, far));
        assertThat(atStart).as("a vote at once, %s", where).isNotNull();
        boolean votes = atStart.reason() == RefusalReason.BOUND;
        assertThat(votes).as("%s, %s", atStart, where).isEqualTo(started.mayVote());

        long bound = Math.max(T.toNanos(), state.hardState().promise().toNanos());
        assertThat(clock.monotonicNanos() + bound)
                .as("bound for %s, %s", state.hardState().promise(), where)
                .isGreaterThanOrEqualTo(account.promisedUntilNanos);
        started.pass(bound - 1);
        assertThat(started.vote(settings.nodeId().equals("c") ? "a" : "c", term + 1, ending(term, far)))
                .as("a vote while bound, %s", where)
                .isNotNull();
        started.pass(2);

        for (Map.Entry<Long, String> given : account.votes.entrySet()) {
            for (String candidate : List.of("a", "b", "c")) {
                boolean self = candidate.equals(settings.nodeId());
                if (!self && !candidate.equals(given.getValue())) {
                    assertThat(started.vote(candidate, given.getKey(), ending(given.getKey() - 1, far)))
                            .as(
                                    "%s votes for %s in term %s too, %s",
                                    given.getValue(), candidate, given.getKey(), where)
                            .isNotNull();
                }
            }
        }
        LogPosition held = account.held;
        if (votes && sure && held.index() > 0) {
            assertThat(started.vote("b", term + 1, ending(held.term(), held.index() - 1)))
                    .as("a vote for one that lacks %s, %s", held, where)
                    .isNotNull();
        }
        String voted = account.votes.get(term);
        boolean foundedSince = term == 1 && JournaledMember.membership(state) != null;
        if (votes && voted != null && !voted.equals(settings.nodeId()) && !foundedSince) {
            LogPosition last = JournaledMember.last(state);
            boolean heardSince = last.term() == term;
            Refusal again = started.vote(voted, term, heardSince ? ending(term - 1, far) : last);
            assertThat(again == null)
                    .as("the same vote again, but for an entry of that term: %s, %s", again, where)
                    .isNotEqualTo(heardSince);
            if (last.index() > 0) {
                assertThat(started.vote(voted, term, ending(Math.min(last.term(), term - 1), last.index() - 1)))
                        .as("the same vote again for one that lacks %s, %s", last, where)
                        .isNotNull();
            }
        }
    }

    /** Where a candidate's log ends, which knows no entry of the term that it stands in. */
    static LogPosition ending(long term, long index) {
        return term == 0 || index == 0 ? LogPosition.NONE : new LogPosition(term, index);
    }

    /** The election on what was recovered. */
    private final class Started {

        private final FileJournal journal;
        private final Election election;
        private final @Nullable Membership membership;
        private long now = clock.monotonicNanos();
        private long exchange;

        Started(FileJournal journal) {
            this.journal = journal;
            this.election = JournaledMember.election(settings, journal, clock);
            this.membership = JournaledMember.membership(journal.state());
        }

        void pass(long nanos) {
            now += nanos;
        }

        private @Nullable EnrolledMember named() {
            EnrolledMember self = membership == null
                    ? null
                    : membership.member(settings.nodeId()).orElse(null);
            return self != null && self.incarnation().equals(journal.incarnation()) ? self : null;
        }

        /** Whether it has a vote: before the founding, or named by what it knows to be committed. */
        boolean mayVote() {
            EnrolledMember self = named();
            return membership == null
                    || self != null
                            && (self.isFounder()
                                    || self.namedAt()
                                            <= journal.state().snapshot().last().index());
        }

        /** Asks for a vote; returns why not, or {@code null} if it is given. */
        @Nullable Refusal vote(String candidate, long term, LogPosition last) {
            // Who holds nothing can only want to found the cluster.
            boolean founding = membership == null || last.equals(LogPosition.NONE);
            EnrolledMember self = founding ? null : named();
            Header header = new Header(
                    Header.PROTOCOL,
                    "orders",
                    founding ? null : membership.clusterId(),
                    candidate,
                    candidate + "-1",
                    !founding,
                    settings.nodeId(),
                    self == null ? null : journal.incarnation(),
                    ++exchange);
            Request.Vote request = new Request.Vote(
                    header,
                    Phase.VOTE,
                    term,
                    founding ? LogPosition.NONE : last,
                    null,
                    self == null || self.namedAt() > last.index() ? 0 : self.namedAt(),
                    founding ? settings.listed() : null,
                    null);
            long wall = clock.wallMillis()
                    + Duration.ofNanos(now - clock.monotonicNanos()).toMillis();
            for (Effect effect : election.step(
                            new Input.RequestReceived(exchange, request), new ClockReading(now, wall))
                    .effects()) {
                if (effect instanceof Effect.Reply reply) {
                    return reply.response().refusal();
                }
            }
            throw new AssertionError("no answer");
        }
    }
}
