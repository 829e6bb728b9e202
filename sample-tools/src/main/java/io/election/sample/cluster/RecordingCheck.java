package io.election.sample.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares the recordings of all members, and finds what must never happen. */
final class RecordingCheck {

    private static final long JUDGED_NANOS = 1_000_000_000;

    /** Ends of a leadership for which there is no innocent cause. */
    private static final Set<String> NEVER = Set.of("TWO_LEADERS", "INTERNAL_ERROR");

    private final List<Recording> recordings;
    private final List<String> faults = new ArrayList<>();

    private RecordingCheck(List<Recording> recordings) {
        this.recordings = recordings;
    }

    /** A time in which nothing was broken: somebody has to lead. */
    record Calm(long fromNanos, long toNanos) {}

    /**
     * Looks for two that led at once or in one term, tokens that did not rise, and events that do not pair up.
     *
     * @param recordings every life of every member
     * @return one sentence for each fault; none if all is well
     */
    static List<String> faults(List<Recording> recordings) {
        RecordingCheck check = new RecordingCheck(recordings);
        check.oneLeaderAtATime();
        check.oneLeaderATerm();
        recordings.forEach(check::eventsPairUp);
        return List.copyOf(check.faults);
    }

    /**
     * Looks for calm times in which nobody led. One shorter than {@link #JUDGED_NANOS} is not judged: a leader that was killed
     * just after it may not have written down that it led.
     *
     * @param recordings every life of every member
     * @param calms when nothing was broken, up to when there was said to be a leader again, or later
     * @return one sentence for each fault; none if all is well
     */
    static List<String> leaderless(List<Recording> recordings, List<Calm> calms) {
        List<Reign> reigns = reigns(recordings);
        return calms.stream()
                .filter(calm -> calm.toNanos() - calm.fromNanos() >= JUDGED_NANOS)
                .filter(calm -> reigns.stream()
                        .map(Reign::leadership)
                        .noneMatch(l -> l.lastTrueNanos() >= calm.fromNanos() && l.fromNanos() <= calm.toNanos()))
                .map(calm -> "Nobody led from " + calm.fromNanos() + " to " + calm.toNanos()
                        + ", although nothing was broken.")
                .toList();
    }

    /**
     * A time between one leadership and the next one, of whomever, in which nobody led.
     *
     * @param nanos how long it was
     * @param reason why the first of them ended, as its listener was told, or {@code -} if it was never told
     */
    record Gap(long nanos, String reason) {}

    /** All times in which nobody led but the first and the last one. */
    static List<Gap> gaps(List<Recording> recordings) {
        List<Reign> reigns = reigns(recordings);
        List<Gap> gaps = new ArrayList<>();
        for (int i = 1; i < reigns.size(); i++) {
            Reign ended = reigns.get(i - 1);
            long nanos =
                    reigns.get(i).leadership().fromNanos() - ended.leadership().lastTrueNanos();
            gaps.add(new Gap(nanos, reasonOfEnd(recordings, ended)));
        }
        return gaps;
    }

    private static String reasonOfEnd(List<Recording> recordings, Reign ended) {
        // A fencing token holds the term in its low bits.
        long term = ended.leadership().token() % (1 << 20);
        return recordings.stream()
                .filter(recording -> recording.member().equals(ended.member()))
                .flatMap(recording -> recording.events().stream())
                .filter(event -> event.what().equals("stepped-down") && event.term() == term)
                .map(Recording.Event::detail)
                .findFirst()
                .orElse("-");
    }

    private record Reign(String member, Recording.Leadership leadership) {}

    private static List<Reign> reigns(List<Recording> recordings) {
        return recordings.stream()
                .flatMap(recording -> recording.leaderships().stream().map(l -> new Reign(recording.member(), l)))
                .sorted(Comparator.comparingLong(reign -> reign.leadership().fromNanos()))
                .toList();
    }

    private void oneLeaderAtATime() {
        List<Reign> reigns = reigns(recordings);
        long latestEnd = Long.MIN_VALUE;
        String latest = "";
        long highestToken = Recording.NO_TOKEN;
        for (Reign reign : reigns) {
            Recording.Leadership leadership = reign.leadership();
            if (leadership.fromNanos() <= latestEnd && leadership.fromNanos() <= leadership.lastTrueNanos()) {
                faults.add(reign.member() + " led at the same time as " + latest + ", for at least "
                        + Figures.millis(Math.min(latestEnd, leadership.lastTrueNanos()) - leadership.fromNanos())
                        + ".");
            }
            if (leadership.lastTrueNanos() > latestEnd) {
                latestEnd = leadership.lastTrueNanos();
                latest = reign.member();
            }
            if (leadership.token() != Recording.NO_TOKEN) {
                if (leadership.token() <= highestToken) {
                    faults.add("The token of " + reign.member() + " is " + leadership.token() + ", but " + highestToken
                            + " was given before.");
                }
                highestToken = Math.max(highestToken, leadership.token());
            }
        }
    }

    /** What all were told of a term names the same leader. */
    private void oneLeaderATerm() {
        Map<Long, String> leaders = new HashMap<>();
        Map<Long, String> elected = new HashMap<>();
        for (Recording recording : recordings) {
            for (Recording.Event event : recording.events()) {
                boolean won = event.what().equals("elected");
                if (won && elected.put(event.term(), recording.member()) != null) {
                    faults.add(recording.member() + " was told that it leads in term " + event.term()
                            + ", of which that had been told before.");
                }
                if (won
                        || event.what().equals("leader-changed")
                                && !event.detail().equals("-")) {
                    String leader = won ? recording.member() : event.detail();
                    String known = leaders.putIfAbsent(event.term(), leader);
                    if (known != null && !known.equals(leader)) {
                        faults.add("Term " + event.term() + " had two leaders, " + known + " and " + leader + ".");
                    }
                }
            }
        }
    }

    private void eventsPairUp(Recording recording) {
        Recording.Event open = null;
        for (Recording.Event event : recording.events()) {
            if (event.what().equals("elected")) {
                if (open != null) {
                    faults.add(recording.member() + " was told twice that it leads, in terms " + open.term() + " and "
                            + event.term() + ".");
                }
                open = event;
            } else if (event.what().equals("stepped-down")) {
                if (NEVER.contains(event.detail())) {
                    faults.add(recording.member() + " stopped leading in term " + event.term() + " because of "
                            + event.detail() + ".");
                }
                if (open == null || open.term() != event.term()) {
                    faults.add(recording.member() + " was told that it no longer leads in term " + event.term()
                            + ", but not before that it leads.");
                }
                open = null;
            }
        }
        if (open != null && recording.closed()) {
            faults.add(recording.member() + " was closed and not told that it no longer leads in term " + open.term()
                    + ".");
        }
    }
}
