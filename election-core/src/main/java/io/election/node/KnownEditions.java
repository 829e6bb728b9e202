package io.election.node;

import io.election.peer.KnownMemory;
import io.election.peer.MemberState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that this member runs with an older copy of its own memory, such as a directory that was restored from a backup or a
 * disk that was rolled back. Each member remembers the highest edition that another one has shown of the memory that it has now,
 * and tells it. An edition rises with every start and never falls. So one that is lower than another member knows belongs to an
 * older copy, which may have forgotten a vote.
 *
 * <p>What was known is lost when all others restart, and a copy that was started more often than the original is not noticed.
 */
final class KnownEditions {

    /** Takes what was found. */
    interface Finding {

        /**
         * This member's memory is an older copy.
         *
         * @param witness who knows of a later edition
         * @param known that edition
         * @param own this member's edition
         */
        void olderCopy(String witness, long known, long own);
    }

    private final String incarnation;
    private final LongSupplier own;
    private final Finding finding;
    private final Map<String, KnownMemory> known = new HashMap<>();
    private boolean found;

    /**
     * Watches the editions of one run.
     *
     * @param incarnation the life of this member's memory
     * @param own the edition of this member's memory now; 0 if it has none
     */
    KnownEditions(String incarnation, LongSupplier own, Finding finding) {
        this.incarnation = incarnation;
        this.own = own;
        this.finding = finding;
    }

    /** This member's own edition, or {@code null} if its memory has none. */
    @Nullable Long ownEdition() {
        long edition = own.getAsLong();
        return edition > 0 ? Long.valueOf(edition) : null;
    }

    /** What is known of another member's memory, for that member, or {@code null}. */
    synchronized @Nullable KnownMemory of(String member) {
        return known.get(member);
    }

    /** Another member has answered. Only for members of the cluster: each takes memory. */
    void answered(String member, MemberState state) {
        remember(member, state);
        KnownMemory ofThis = state.asker();
        long edition = own.getAsLong();
        if (ofThis != null
                && edition > 0
                && ofThis.incarnation().equals(incarnation)
                && ofThis.edition() > edition
                && findsFirst()) {
            finding.olderCopy(member, ofThis.edition(), edition);
        }
    }

    private synchronized void remember(String member, MemberState state) {
        Long edition = state.edition();
        if (edition == null) {
            return;
        }
        KnownMemory before = known.get(member);
        if (before == null || !before.incarnation().equals(state.incarnation()) || before.edition() < edition) {
            known.put(member, new KnownMemory(state.incarnation(), edition));
        }
    }

    private synchronized boolean findsFirst() {
        boolean first = !found;
        found = true;
        return first;
    }

    /** These are the members from now on: nothing is kept of others. */
    synchronized void members(Set<String> ids) {
        known.keySet().retainAll(ids);
    }
}
