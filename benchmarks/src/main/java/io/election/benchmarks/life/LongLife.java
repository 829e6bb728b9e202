package io.election.benchmarks.life;

import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberKind;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What a member keeps after many terms and many changes of the members: the size of its journal, and the memory of its election.
 * Three members hand the leadership on and on; then a fourth one is promoted and removed, again and again. Elections and journals
 * are the real ones. Network and clock are simulated, so only the disk takes time.
 *
 * <p>Arguments: {@code terms changes directory}. A directory in memory, such as {@code /dev/shm/long-life}, saves the time of the
 * disk and changes no figure.
 */
public final class LongLife {

    private static final List<String> FOUNDERS = List.of("a", "b", "c");
    private static final String COMES_AND_GOES = "d";

    private final Country members;
    private final PrintStream out;

    private LongLife(Country members, PrintStream out) {
        this.members = members;
        this.out = out;
    }

    /**
     * Runs it.
     *
     * @param args see the class
     * @throws IOException if the directory cannot be written
     */
    public static void main(String[] args) throws IOException {
        int terms = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int changes = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        Path directory = args.length > 2 ? Path.of(args[2]) : Files.createTempDirectory("long-life");
        try (Country members = new Country(directory, FOUNDERS)) {
            new LongLife(members, System.out).live(terms, changes);
        }
    }

    private void live(int terms, int changes) throws IOException {
        out.println(
                "| after | journals of a, b, c (KiB) | largest journal on the way (KiB) | entries kept | heap in use (KiB) |");
        out.println("|---|---|---|---|---|");
        members.untilLed();
        row("the founding");
        int step = Math.max(1, terms / 4);
        for (int term = 1; term <= terms; term++) {
            String leader = members.leader();
            members.wish(leader, new Input.TransferLeadership(0, null));
            members.untilLedByAnotherThan(leader);
            if (term % step == 0) {
                row(String.format(Locale.ROOT, "%,d handovers", term));
            }
        }
        step = Math.max(2, changes / 4);
        for (int change = 1; change <= changes; change++) {
            if (change % 2 == 1) {
                members.join(COMES_AND_GOES, MemberKind.DATA);
                change(new MemberChange.Promote(COMES_AND_GOES));
            } else {
                change(new MemberChange.Remove(COMES_AND_GOES));
                members.end(COMES_AND_GOES);
            }
            if (change % step == 0) {
                row(String.format(Locale.ROOT, "and %,d changes of the members", change));
            }
        }
    }

    /** A learner is asked for until it has caught up. */
    private void change(MemberChange change) {
        while (true) {
            Outcome outcome = members.change(members.leader(), change);
            if (outcome == Outcome.DONE) {
                return;
            }
            if (outcome != Outcome.REFUSED && outcome != Outcome.BUSY) {
                throw new IllegalStateException(change + " ended as " + outcome);
            }
            members.pass();
        }
    }

    private void row(String after) throws IOException {
        ElectionView view = members.view(members.leader());
        out.printf(
                Locale.ROOT,
                "| %s: term %,d, index %,d | %s | %,d | %s | %,d |%n",
                after,
                view.term(),
                view.last().index(),
                members.journalKibibytes(FOUNDERS),
                members.largestJournal() / 1024,
                members.entriesKept(FOUNDERS),
                heap() / 1024);
    }

    /** What is left when nothing more can be collected. */
    private static long heap() {
        long used = Long.MAX_VALUE;
        while (true) {
            System.gc();
            long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            if (now >= used) {
                return used;
            }
            used = now;
        }
    }
}
