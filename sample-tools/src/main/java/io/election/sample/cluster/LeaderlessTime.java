package io.election.sample.cluster;

import java.util.Comparator;
import java.util.List;

/** For how long nobody led, by what the members recorded. */
final class LeaderlessTime {

    private LeaderlessTime() {}

    /**
     * The sum of all gaps within a window.
     *
     * @param recordings of all members
     * @param fromNanos the beginning of the window, when somebody led
     * @param toNanos its end; one that leads then is taken to lead to the end
     * @return nanoseconds; 0 if one leadership covers the window
     */
    static long between(List<Recording> recordings, long fromNanos, long toNanos) {
        List<Recording.Leadership> all = recordings.stream()
                .flatMap(recording -> recording.leaderships().stream())
                .filter(l -> l.falseNanos() == Long.MAX_VALUE || l.lastTrueNanos() - fromNanos > 0)
                .filter(l -> l.fromNanos() - toNanos < 0)
                .sorted(Comparator.comparingLong(l -> l.fromNanos() - fromNanos))
                .toList();
        long covered = fromNanos;
        long gaps = 0;
        for (Recording.Leadership leadership : all) {
            if (leadership.fromNanos() - covered > 0) {
                gaps += leadership.fromNanos() - covered;
            }
            boolean lasts = leadership.falseNanos() == Long.MAX_VALUE;
            long end = lasts || leadership.lastTrueNanos() - toNanos > 0 ? toNanos : leadership.lastTrueNanos();
            covered = end - covered > 0 ? end : covered;
        }
        return gaps + Math.max(0, toNanos - covered);
    }
}
