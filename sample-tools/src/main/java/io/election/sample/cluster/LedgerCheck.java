package io.election.sample.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the traces that leaders leave in a ledger if they write at the same time, or after their leadership has ended. */
final class LedgerCheck {

    private final List<String> faults = new ArrayList<>();
    private final Set<Long> seen = new HashSet<>();
    private final Map<Long, String> writers = new HashMap<>();

    private LedgerCheck() {}

    /**
     * Looks for gaps, numbers that are there twice, lines out of order, tokens that fall, and tokens that two used.
     *
     * @param lines all lines, in the order in which they were inserted
     * @return one sentence for each fault; none if all is well
     */
    static List<String> faults(List<LedgerLine> lines) {
        LedgerCheck check = new LedgerCheck();
        LedgerLine before = new LedgerLine(0, 0, "nobody");
        for (LedgerLine line : lines) {
            check.numbersFollow(before, line);
            check.tokensRise(before, line);
            before = line;
        }
        return List.copyOf(check.faults);
    }

    private void numbersFollow(LedgerLine before, LedgerLine line) {
        if (!seen.add(line.number())) {
            faults.add("Line " + line.number() + " appears twice; the second one is by " + line.member() + ".");
        } else if (line.number() > before.number() + 1) {
            faults.add("After line " + before.number() + " comes line " + line.number() + ".");
        } else if (line.number() < before.number()) {
            faults.add("Line " + line.number() + " was written after line " + before.number() + ".");
        }
    }

    private void tokensRise(LedgerLine before, LedgerLine line) {
        if (line.token() < before.token()) {
            faults.add("Line " + line.number() + " was written by " + line.member() + " under token " + line.token()
                    + ", after " + before.member() + " had written under " + before.token() + ".");
        }
        String known = writers.putIfAbsent(line.token(), line.member());
        if (known != null && !known.equals(line.member())) {
            faults.add("Token " + line.token() + " was used by " + known + ", and by " + line.member() + ".");
        }
    }
}
