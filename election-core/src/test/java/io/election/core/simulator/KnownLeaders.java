package io.election.core.simulator;

import io.election.Role;
import io.election.core.Effect;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whom a member takes for the leader, as its {@code LeaderChangedEvent}s say: who it names does lead, or did, in the term that
 * is named, it is followed or the member itself, and each change is one.
 */
final class KnownLeaders {

    private final OneLeaderATerm leaders;
    private final Rule05BoundMeansBound bonds;
    private final @Nullable String[] known;
    private boolean believesAnybody;

    KnownLeaders(OneLeaderATerm leaders, Rule05BoundMeansBound bonds, int members) {
        this.leaders = leaders;
        this.bonds = bonds;
        this.known = new String[members];
    }

    /** A member may lie that it leads. */
    void believeAnybody() {
        believesAnybody = true;
    }

    void started(MemberRecord w) {
        known[w.member.index()] = null;
    }

    /** In a step. */
    void changes(MemberRecord w, Effect.LeaderChanged changed) {
        String before = known[w.member.index()];
        String leader = changed.leader();
        if (Objects.equals(before, leader)) {
            throw new Violation("a leader that changed is another one", w + " knew " + before + ", now " + changed);
        }
        known[w.member.index()] = leader;
        if (leader != null) {
            isRight(w, leader, changed.term());
        }
        if (changed.term() > w.hardState.term() || changed.term() < w.hardStateBefore.term()) {
            throw new Violation(
                    "a change of leader names the member's term", w + " in " + w.hardState.term() + ": " + changed);
        }
    }

    private void isRight(MemberRecord w, String leader, long term) {
        if (leader.equals(w.member.id())) {
            if (w.role != Role.LEADER || w.hardState.term() != term) {
                throw new Violation("who takes itself for the leader is it", w + " in term " + term + " is " + w.role);
            }
        } else if (!believesAnybody && !leader.equals(leaders.leaderOf(term))) {
            throw new Violation(
                    "who is taken for the leader of a term is it",
                    w + " takes " + leader + " for the leader of term " + term + ", which is "
                            + leaders.leaderOf(term));
        }
    }

    /** After a step: the leader that is known is the one that is followed, for as long as its bond holds. */
    void stepped(MemberRecord w) {
        String leader = known[w.member.index()];
        if (leader == null || leader.equals(w.member.id())) {
            if (leader != null && w.role != Role.LEADER) {
                throw new Violation("who takes itself for the leader is it", w + " is " + w.role);
            }
            return;
        }
        Rule05BoundMeansBound.Bond bond = bonds.bondOf(w);
        if (!leader.equals(bond.leader())
                || bond.term() != w.hardState.term()
                || bond.untilContinuous() <= w.continuous()) {
            throw new Violation(
                    "a leader is known as long as it binds", w + " knows " + leader + ", but is bound by " + bond);
        }
    }

    /** What a member shows is what its effects told. */
    void shows(MemberRecord w, @Nullable String shown) {
        if (!Objects.equals(shown, known[w.member.index()])) {
            throw new Violation(
                    "every change of leader is told", w + " shows " + shown + ", told was " + known[w.member.index()]);
        }
    }
}
