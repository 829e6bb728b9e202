package io.election.core.explorer;

import io.election.core.Entry;
import io.election.core.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the checks remember of a run: who led in which term, which memory voted for whom, what was committed, and the
 * highest token. It knows nothing of why the core did what it did.
 *
 * @param leaders the leader of each term that had one
 * @param votes the candidate that got the vote, by memory and term
 * @param committed the committed entries after the first, which every member has from the beginning or not at all
 * @param token the highest fencing token
 * @param key a digest of all of that
 */
record History(Map<Long, String> leaders, Map<String, String> votes, List<Entry> committed, long token, StateKey key) {

    static final History EMPTY = of(Map.of(), Map.of(), List.of(), 0);

    private static History of(Map<Long, String> leaders, Map<String, String> votes, List<Entry> committed, long token) {
        StateKey.Builder key = new StateKey.Builder();
        leaders.forEach((term, leader) -> {
            key.add(term);
            key.add(ContentEncoder.hash(leader));
        });
        votes.forEach((voter, candidate) -> {
            key.add(ContentEncoder.hash(voter));
            key.add(ContentEncoder.hash(candidate));
        });
        committed.forEach(entry -> {
            key.add(entry.term());
            key.add(entry.index());
        });
        key.add(token);
        return new History(leaders, votes, committed, token, key.build());
    }

    /** The history after one more step, or what is wrong with that step. */
    sealed interface Verdict {

        record Sound(History history) implements Verdict {}

        record Violation(String what) implements Verdict {}
    }

    Verdict after(ExploredMember.Note note) {
        if (note instanceof ExploredMember.Note.LeftEarly early) {
            return new Verdict.Violation("durable first: " + early.what() + " left before it was on disk");
        } else if (note instanceof ExploredMember.Note.Voted voted) {
            return afterVote(voted);
        } else if (note instanceof ExploredMember.Note.Gained gained) {
            return afterGain(gained);
        }
        return afterCommit((ExploredMember.Note.Committed) note);
    }

    private Verdict afterVote(ExploredMember.Note.Voted voted) {
        String key = voted.memory() + '@' + voted.term();
        String before = votes.get(key);
        if (before == null) {
            Map<String, String> more = new TreeMap<>(votes);
            more.put(key, voted.candidate());
            return new Verdict.Sound(of(leaders, more, committed, token));
        }
        return before.equals(voted.candidate())
                ? new Verdict.Sound(this)
                : new Verdict.Violation("one vote a term: " + voted.memory() + " voted for " + before + " and for "
                        + voted.candidate() + " in term " + voted.term());
    }

    private Verdict afterGain(ExploredMember.Note.Gained gained) {
        String before = leaders.get(gained.term());
        if (before != null) {
            return new Verdict.Violation(
                    "one leader a term: " + before + " and " + gained.member() + " in term " + gained.term());
        }
        if (gained.token() <= token) {
            return new Verdict.Violation(
                    "tokens rise: " + gained.token() + " of " + gained.member() + " after " + token);
        }
        String lacking = contradicts(gained.compacted(), gained.entries(), true);
        if (lacking != null) {
            return new Verdict.Violation("committed entries kept: " + gained.member() + " leads in term "
                    + gained.term() + ", but " + lacking);
        }
        Map<Long, String> more = new TreeMap<>(leaders);
        more.put(gained.term(), gained.member());
        return new Verdict.Sound(of(more, votes, committed, gained.token()));
    }

    private Verdict afterCommit(ExploredMember.Note.Committed now) {
        String lacking = contradicts(now.compacted(), now.entries(), false);
        if (lacking != null) {
            return new Verdict.Violation("all commit the same: " + lacking);
        }
        long known = last();
        List<Entry> more = new ArrayList<>(committed);
        for (Entry entry : now.entries()) {
            if (entry.index() > known) {
                more.add(entry);
            }
        }
        return new Verdict.Sound(more.size() == committed.size() ? this : of(leaders, votes, List.copyOf(more), token));
    }

    private long last() {
        return committed.isEmpty() ? 0 : committed.get(committed.size() - 1).index();
    }

    /** How a log contradicts what was committed, or {@code null}. A log may end before, unless it has to hold all. */
    private @Nullable String contradicts(LogPosition compacted, List<Entry> entries, boolean all) {
        Map<Long, Entry> held = new TreeMap<>();
        entries.forEach(entry -> held.put(entry.index(), entry));
        for (Entry entry : committed) {
            if (entry.index() == compacted.index() && entry.term() != compacted.term()) {
                return "its snapshot ends with " + compacted + ", where " + entry.position() + " was committed";
            }
            if (entry.index() <= compacted.index()) {
                continue;
            }
            Entry own = held.get(entry.index());
            if (own == null ? all : own.term() != entry.term()) {
                return "it holds " + (own == null ? "nothing" : own.position()) + " where " + entry.position()
                        + " was committed";
            }
        }
        return null;
    }
}
