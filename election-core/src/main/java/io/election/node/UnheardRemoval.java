package io.election.node;

import io.election.core.Effect;
import io.election.core.ElectionView;
import io.election.core.Membership;
import io.election.core.Observation;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.event.Level;

/**
 * Notices that this member was removed from its cluster while it was cut off. Nobody calls it any more, and its own log still names
 * it, but those whom it asks for votes answer that a committed entry has removed it. So many of them have to say so that the others
 * are no quorum.
 *
 * <p>A member that keeps its memory in memory then begins a new life, as a restart of its process would: it joins as a learner. Its vote
 * counts for nothing in its former life. Who heard of its removal while it followed a leader stays out, because somebody wanted
 * that. A member on disk cannot forget, and says so.
 */
final class UnheardRemoval {

    private final boolean forgets;
    private final Supplier<ElectionView> view;
    private final Chronicle chronicle;
    private final Runnable removed;
    private final Consumer<Effect.StartAnew> anew;
    private long toldVersion;

    /**
     * Creates it.
     *
     * @param forgets whether this member keeps its memory in memory
     * @param view what this member's election shows now
     * @param removed called if it cannot forget
     * @param anew asked for a new life otherwise
     */
    UnheardRemoval(
            boolean forgets,
            Supplier<ElectionView> view,
            Chronicle chronicle,
            Runnable removed,
            Consumer<Effect.StartAnew> anew) {
        this.forgets = forgets;
        this.view = view;
        this.chronicle = chronicle;
        this.removed = removed;
        this.anew = anew;
    }

    /** The election observed something. */
    void observed(Observation observation) {
        if (!(observation instanceof Observation.RoundEnded round)) {
            return;
        }
        ElectionView seen = view.get();
        Membership membership = seen.membership();
        Set<String> witnesses = witnesses(round.refusals());
        if (membership == null
                || membership.version() == toldVersion
                || witnesses.size() <= seen.voters() - seen.needed()) {
            return;
        }
        toldVersion = membership.version();
        String why = "it was removed from the cluster while it was cut off, say " + String.join(", ", witnesses);
        if (forgets) {
            anew.accept(new Effect.StartAnew(why, membership.token(seen.term())));
        } else {
            chronicle.note(
                    Level.WARN,
                    "was removed from the cluster while it was cut off, say {peers}. It takes part in nothing any more. Stop its"
                            + " process. If it is to join again, remove its directory first.",
                    String.join(", ", witnesses));
            chronicle.event("removed", why);
            removed.run();
        }
    }

    private static Set<String> witnesses(Map<String, Refusal> refusals) {
        Set<String> witnesses = new TreeSet<>();
        refusals.forEach((voter, refusal) -> {
            if (refusal.reason() == RefusalReason.REMOVED) {
                witnesses.add(voter);
            }
        });
        return witnesses;
    }
}
