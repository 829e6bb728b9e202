package io.election.core.simulator;

import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.ListedMember;
import io.election.core.Payload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the members' applications are fed: each life is told who the members are before anything else; committed entries come
 * in order, once in a life, the same for all, and none is left out that another was given.
 */
final class ApplicationsFed {

    private boolean judges = true;

    /** A member may lie that could lead: what is committed is whatever it says. */
    void judgeNothing() {
        judges = false;
    }

    /** One life of a member. */
    private static final class Fed {
        private final int life;
        private String cluster = "";
        private long upTo;

        private Fed(int life, long recoveredUpTo) {
            this.life = life;
            this.upTo = recoveredUpTo;
        }
    }

    private final Map<String, Fed> fed = new HashMap<>();

    /** All entries that anybody was given, by the founded cluster and their index. */
    private final Map<String, TreeMap<Long, Entry>> given = new HashMap<>();

    /** Looks at what concerns members and applications, and returns the other effects. */
    List<Effect> takeFrom(VirtualMember member, List<Effect> effects) {
        if (!judges) {
            return effects.stream().filter(ApplicationsFed::isForTheProcess).toList();
        }
        Fed life = fed.get(member.id());
        if (life == null || life.life != member.life()) {
            if (effects.isEmpty() || !(effects.get(0) instanceof Effect.MembersChanged)) {
                throw new Violation(
                        "a life is told first who the members are", member + " in its life " + member.life());
            }
            life = new Fed(
                    member.life(), member.disk().state().snapshot().last().index());
            fed.put(member.id(), life);
        }
        List<Effect> others = new ArrayList<>(effects.size());
        for (Effect effect : effects) {
            if (effect instanceof Effect.MembersChanged changed) {
                changed(member, life, changed);
            } else if (effect instanceof Effect.Apply apply) {
                apply.entries().forEach(entry -> applied(member, entry));
                addIf(member.replica() != null, effect, others);
            } else if (effect instanceof Effect.SnapshotInstalled installed) {
                life.upTo = installed.snapshot().last().index();
                addIf(member.replica() != null, effect, others);
            } else {
                others.add(effect);
            }
        }
        return others;
    }

    private static void addIf(boolean replica, Effect effect, List<Effect> others) {
        if (replica) {
            others.add(effect);
        }
    }

    private static boolean isForTheProcess(Effect effect) {
        return !(effect instanceof Effect.MembersChanged
                || effect instanceof Effect.Apply
                || effect instanceof Effect.SnapshotInstalled);
    }

    private static void changed(VirtualMember member, Fed life, Effect.MembersChanged changed) {
        if (changed.membership() != null) {
            life.cluster = changed.membership().clusterId();
            // Learners that no entry names come on top.
            if (!changed.members().containsAll(changed.membership().listed())) {
                throw new Violation("the members of the membership are known", member + ": " + changed);
            }
        } else if (changed.members().stream().map(ListedMember::id).noneMatch(member.id()::equals)) {
            throw new Violation("a member is one of its own list", member + ": " + changed);
        }
    }

    private void applied(VirtualMember member, Entry entry) {
        Fed life = fed.get(member.id());
        if (member.replica() != null) {
            if (entry.index() != life.upTo + 1) {
                throw new Violation(
                        "a state machine is fed every entry, in order", member + " after " + life.upTo + ": " + entry);
            }
        } else if (!(entry.payload() instanceof Payload.Application)) {
            throw new Violation("only the application's entries are applied", member + ": " + entry);
        }
        if (entry.index() <= life.upTo) {
            throw new Violation(
                    "each entry is applied once, in order", member + " up to " + life.upTo + ", then " + entry);
        }
        TreeMap<Long, Entry> ofAll = given.computeIfAbsent(life.cluster, cluster -> new TreeMap<>());
        if (ofAll.higherKey(life.upTo) != null && ofAll.higherKey(life.upTo) < entry.index()) {
            throw new Violation(
                    "no entry is left out",
                    member + " after " + life.upTo + ": " + entry + " before " + ofAll.higherEntry(life.upTo));
        }
        Entry before = ofAll.putIfAbsent(entry.index(), entry);
        if (before != null && !before.equals(entry)) {
            throw new Violation("all apply the same", member + ": " + entry + ", another " + before);
        }
        life.upTo = entry.index();
    }
}
