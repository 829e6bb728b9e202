package io.election.peer;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Notices that two processes run under one member's id: the life of one is seen, then another's, then the first one
 * again. After a restart the earlier life never comes back, except for a request that was still on its way; so one that
 * comes back within two election timeouts does not count, and one return alone does not either.
 */
final class Lives {

    /** Lives remembered of one member; the one seen first is forgotten first. */
    private static final int MOST = 4;

    private static final int RETURNS = 2;

    private final long stragglersNanos;
    private final long rememberedNanos;
    private final LongSupplier nanoTime;
    private final Map<String, Seen> members = new HashMap<>();
    private final Latest<Seen> strangers = new Latest<>();

    Lives(Duration electionTimeout, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        stragglersNanos = 2 * electionTimeout.toNanos();
        // Each of the two shows itself at least once in an interval.
        rememberedNanos = Math.max(4 * PeerPresence.interval(electionTimeout).toNanos(), 2 * stragglersNanos);
    }

    /** A member was heard of, in one of its lives. */
    synchronized void saw(String member, String life) {
        Seen seen = members.get(member);
        if (seen == null) {
            seen = new Seen();
            members.put(member, seen);
        }
        seen.add(life, nanoTime.getAsLong());
    }

    /** The same of a sender that is no member. Only some are remembered: each takes memory. */
    synchronized void sawStranger(String sender, String life) {
        Seen seen = strangers.get(sender);
        if (seen == null) {
            seen = new Seen();
            strangers.put(sender, seen);
        }
        seen.add(life, nanoTime.getAsLong());
    }

    /** A member has left: nothing is kept of it. */
    synchronized void forget(String member) {
        members.remove(member);
    }

    /** Whether two lives of a member took turns, and did so until lately. */
    synchronized boolean twice(String member) {
        Seen seen = members.get(member);
        if (seen == null) {
            seen = strangers.get(member);
        }
        return seen != null && seen.takeTurns(nanoTime.getAsLong());
    }

    private final class Seen {

        private final Map<String, Long> firstSeenNanos = new LinkedHashMap<>();
        private String latest = "";
        private int returns;
        private long lastReturnNanos;

        void add(String life, long now) {
            if (life.equals(latest)) {
                return;
            }
            if (!firstSeenNanos.containsKey(life)) {
                if (firstSeenNanos.size() == MOST) {
                    firstSeenNanos.remove(firstSeenNanos.keySet().iterator().next());
                }
                firstSeenNanos.put(life, now);
            } else if (now - youngestSinceNanos() > stragglersNanos) {
                returns = now - lastReturnNanos > rememberedNanos ? 1 : returns + 1;
                lastReturnNanos = now;
            }
            latest = life;
        }

        /** When the life that appeared last was first seen: one that ended before it did is a straggler for a while. */
        private long youngestSinceNanos() {
            long youngest = Long.MIN_VALUE;
            boolean first = true;
            for (long since : firstSeenNanos.values()) {
                if (first || since - youngest > 0) {
                    youngest = since;
                    first = false;
                }
            }
            return youngest;
        }

        boolean takeTurns(long now) {
            return returns >= RETURNS && now - lastReturnNanos <= rememberedNanos;
        }
    }
}
