package io.election.sample.cluster;

import io.election.history.HistoryCheck;
import io.election.history.Operation;
import io.election.history.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares the recordings of all members, and finds what must never happen. */
final class RecordingCheck {

    private static final long JUDGED_NANOS = 1_000_000_000;

    /** No listener is told later, however busy the machine is, while its process runs. */
    private static final Duration EVENTS_WITHIN = Duration.ofSeconds(20);

    private RecordingCheck() {}

    /** A time in which nothing was broken: somebody has to lead. */
    record Calm(long fromNanos, long toNanos) {}

    /**
     * Lets the {@link HistoryCheck} judge what all members recorded. Their times have to be of one clock: on Linux {@link
     * System#nanoTime()} reads the same one in all processes of a machine.
     *
     * @param recordings every life of every member; those of one member in order
     * @return one sentence for each fault; none if all is well
     */
    static List<String> faults(List<Recording> recordings) {
        return HistoryCheck.violations(history(recordings), EVENTS_WITHIN).stream()
                .map(Violation::toString)
                .toList();
    }

    private static List<Operation> history(List<Recording> recordings) {
        Map<String, Integer> lives = new HashMap<>();
        return recordings.stream()
                .flatMap(recording -> recording.history(lives.merge(recording.member(), 1, Integer::sum)).stream())
                .toList();
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
        String token = Long.toString(ended.leadership().token());
        return recordings.stream()
                .filter(recording -> recording.member().equals(ended.member()))
                .flatMap(recording -> recording.events().stream()
                        .filter(event ->
                                event.what().equals("elected") && event.detail().equals(token))
                        .flatMap(elected -> recording.events().stream()
                                .filter(event ->
                                        event.what().equals("stepped-down") && event.term() == elected.term())))
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
}
