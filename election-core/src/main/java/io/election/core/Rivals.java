package io.election.core;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The other clusters of the same name of which this member has heard, and whether one of them is to be followed. There is more
 * than one only where a founding could not know of the earlier cluster. The one with the higher generation wins, and where that
 * is the same, the one with the higher id. A member gives up its own cluster only for one that has a leader.
 */
final class Rivals {

    /** The most members of other clusters that are kept. */
    private static final int MOST = 64;

    private final StepTime time;
    private final ElectionLog log;
    private final long forgottenAfterNanos;
    private final Map<String, Long> heardNanos = new LinkedHashMap<>();
    private @Nullable Superior superior;

    /**
     * A cluster that takes the place of this member's own.
     *
     * @param clusterId its id
     * @param generation its generation
     * @param leader its leader, as it was heard of
     */
    record Superior(String clusterId, long generation, String leader) {

        String describe() {
            return "the cluster " + clusterId + " of the same name, of the higher generation " + generation
                    + ", is led by '" + leader + "'";
        }
    }

    Rivals(ElectionSettings settings, StepTime time, ElectionLog log) {
        this.time = time;
        this.log = log;
        this.forgottenAfterNanos = 4 * settings.pingInterval().toNanos();
    }

    /** A member sent something that names a cluster. */
    void heard(Header header) {
        Membership own = log.membership();
        if (own == null || header.clusterId() == null || Objects.equals(header.clusterId(), own.clusterId())) {
            heardNanos.remove(header.from());
        } else if (heardNanos.containsKey(header.from()) || heardNanos.size() < MOST) {
            heardNanos.put(header.from(), time.nanos());
        }
    }

    /** A member said which cluster it belongs to, and whom it follows there. */
    void heard(Header header, @Nullable Allegiance allegiance) {
        Membership own = log.membership();
        String clusterId = header.clusterId();
        if (own == null || clusterId == null || allegiance == null || clusterId.equals(own.clusterId())) {
            return;
        }
        String leader = allegiance.leader();
        if (leader != null && isAbove(allegiance.generation(), clusterId, own.generation(), own.clusterId())) {
            Superior before = superior;
            if (before == null
                    || isAbove(allegiance.generation(), clusterId, before.generation(), before.clusterId())) {
                superior = new Superior(clusterId, allegiance.generation(), leader);
            }
        }
    }

    private static boolean isAbove(long generation, String clusterId, long ofOther, String other) {
        return generation != ofOther ? generation > ofOther : clusterId.compareTo(other) > 0;
    }

    /** The cluster that takes the place of this member's own, or {@code null}. It is kept until this life ends. */
    @Nullable Superior superior() {
        return superior;
    }

    /** The members that were heard lately and belong to another cluster. */
    List<String> members() {
        if (heardNanos.isEmpty()) {
            return List.of();
        }
        heardNanos.values().removeIf(at -> time.nanos() - at > forgottenAfterNanos);
        return List.copyOf(heardNanos.keySet());
    }
}
