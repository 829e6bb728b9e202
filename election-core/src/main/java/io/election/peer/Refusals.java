package io.election.peer;

import io.election.core.LogKeys;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Counts the requests that were refused, and logs one line a minute for each reason and sender, so that nobody floods the log. */
final class Refusals {

    private static final Logger log = LoggerFactory.getLogger(PeerEndpoint.class);
    private static final Duration LOG_EVERY = Duration.ofMinutes(1);

    private final String cluster;
    private final String nodeId;
    private final Map<Refused, LongAdder> counts = new EnumMap<>(Refused.class);
    private final Map<String, Long> lastLoggedNanos = new ConcurrentHashMap<>();

    Refusals(String cluster, String nodeId) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        for (Refused reason : Refused.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    /** All reasons for which a request may be refused. */
    static List<String> reasons() {
        return Arrays.stream(Refused.values()).map(Refused::tag).toList();
    }

    /** How many requests were refused since the start, for each reason. */
    Map<String, Long> counts() {
        Map<String, Long> sums = new LinkedHashMap<>();
        counts.forEach((reason, count) -> sums.put(reason.tag(), count.sum()));
        return sums;
    }

    /**
     * Counts a refusal, and logs it unless that would repeat a line of the last minute.
     *
     * @param sender who is authenticated, or {@code null} for an unknown caller
     * @param member whether it is a member here; of all others one line is logged
     * @param remote where the caller is
     */
    void add(RefusedException refusal, @Nullable String sender, boolean member, String remote) {
        Refused reason = refusal.reason();
        LongAdder count = counts.get(reason);
        if (count != null) {
            count.increment();
        }
        if (reason == Refused.NOT_READY) {
            return;
        }
        String who = sender == null ? "an unknown caller" : "'" + PeerEndpoint.printable(sender) + "'";
        String same = member || sender == null ? reason + who : reason + "";
        long now = System.nanoTime();
        Long before = lastLoggedNanos.get(same);
        if (before == null || now - before >= LOG_EVERY.toNanos()) {
            lastLoggedNanos.put(same, now);
            LoggingEventBuilder line = log.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, cluster)
                    .addKeyValue(LogKeys.NODE, nodeId)
                    .addKeyValue(LogKeys.REASON, reason.tag())
                    .addKeyValue(LogKeys.REMOTE, remote)
                    .addKeyValue(LogKeys.COUNT, count);
            if (sender != null) {
                line = line.addKeyValue(LogKeys.PEER, PeerEndpoint.printable(sender));
            }
            line.log(
                    "Member '{}' of cluster '{}' refused a request from {} at {}: {} ({} such refusals since the start)",
                    nodeId,
                    cluster,
                    member || sender == null ? who : who + ", which is no member here,",
                    remote,
                    PeerEndpoint.printable(refusal.text()),
                    count);
        }
    }

    /** A sender is no member any more: nothing is kept of it. */
    void forget(String sender) {
        for (Refused reason : Refused.values()) {
            lastLoggedNanos.remove(reason + "'" + sender + "'");
        }
    }
}
