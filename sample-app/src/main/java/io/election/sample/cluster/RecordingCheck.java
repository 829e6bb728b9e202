package io.election.sample.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Lays the recordings of all members side by side and finds what must never be. */
final class RecordingCheck {

    private final List<Recording> recordings;
    private final List<String> faults = new ArrayList<>();

    private RecordingCheck(List<Recording> recordings) {
        this.recordings = recordings;
    }

    /**
     * Looks for two that led at once, tokens that did not rise, and events that do not pair up.
     *
     * @param recordings every life of every member
     * @return one sentence for each fault; none if all is well
     */
    static List<String> faults(List<Recording> recordings) {
        RecordingCheck check = new RecordingCheck(recordings);
        check.oneLeaderAtATime();
        recordings.forEach(check::eventsPairUp);
        return List.copyOf(check.faults);
    }

    private record Reign(String member, Recording.Leadership leadership) {}

    private void oneLeaderAtATime() {
        List<Reign> reigns = recordings.stream()
                .flatMap(recording -> recording.leaderships().stream().map(l -> new Reign(recording.member(), l)))
                .sorted(Comparator.comparingLong(reign -> reign.leadership().fromNanos()))
                .toList();
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
                if (open == null || open.term() != event.term()) {
                    faults.add(recording.member() + " was told that it leads no longer in term " + event.term()
                            + ", but not before that it leads.");
                }
                open = null;
            }
        }
        if (open != null && recording.closed()) {
            faults.add(recording.member() + " was closed and not told that it leads no longer in term " + open.term()
                    + ".");
        }
    }
}
