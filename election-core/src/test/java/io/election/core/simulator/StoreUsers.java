package io.election.core.simulator;

import io.election.core.simulator.StoreClient.Wish;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What clients of the store do in a run, and what befalls the replicas. */
final class StoreUsers {

    /** Within so many of the longest election timeouts a client is answered in calm. */
    private static final int CALM_LIMIT = 40;

    private static final List<String> NAMES = List.of("any", "other", "leaders");

    private final VirtualCluster cluster;
    private final MemoryWorld memory;
    private final Plan plan;
    private final Faults faults;
    private final RandomGenerator random;
    private boolean calm;
    private boolean differed;

    StoreUsers(VirtualCluster cluster, MemoryWorld memory, Plan plan, Faults faults, RandomGenerator random) {
        this.cluster = cluster;
        this.memory = memory;
        this.plan = plan;
        this.faults = faults;
        this.random = random;
    }

    void begin() {
        cluster.repeat(random, memory.plan().meanBetweenCallsNanos, this::call);
        cluster.repeat(random, memory.plan().meanBetweenFaultsNanos, this::fault);
    }

    /** Nothing is broken from now on, and clients do nothing. Whoever has a machine that failed, or an old version, is restarted. */
    void calm() {
        calm = true;
        memory.calm();
        if (differed) {
            cluster.at(cluster.nowNanos() + plan.longestTimeoutNanos, this::restartWhoeverFails);
        }
        for (VirtualMember member : cluster.members()) {
            if (memory.isOld(member.settings())) {
                member.settings(Plan.withReplication(member.settings(), memory.plan().settings));
                member.crash("is restarted in a newer version");
            } else if (member.replica() != null && member.replica().isUnsound()) {
                member.crash("is restarted with a sound machine");
            }
        }
    }

    /** Whoever was told of a state that differs before may find only now that its own does. */
    private void restartWhoeverFails() {
        for (VirtualMember member : cluster.members()) {
            if (member.isUp() && member.replica() != null && member.replica().hasFailed()) {
                member.crash("is restarted because of its machine");
                member.start(plan.longestTimeoutNanos / 10, plan.longestTimeoutNanos / 10);
            }
        }
        cluster.at(cluster.nowNanos() + plan.longestTimeoutNanos, this::restartWhoeverFails);
    }

    private void call() {
        if (calm) {
            return;
        }
        VirtualMember leader = cluster.leader();
        VirtualMember at = leader == null || random.nextInt(3) > 0 ? any() : leader;
        if (at.isUp() && at.replica() != null) {
            act(at.replica().client());
        }
    }

    private void act(StoreClient client) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        switch (random.nextInt(10)) {
            case 0, 1 -> client.read(name);
            case 2 -> client.get(name);
            case 3 -> client.askAgain();
            default -> client.write(wishes());
        }
    }

    private List<Wish> wishes() {
        List<Wish> wishes = new ArrayList<>();
        for (int i = random.nextInt(4) == 0 ? 1 + random.nextInt(6) : 1; i > 0; i--) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            wishes.add(new Wish(
                    name,
                    random.nextInt(3) == 0,
                    random.nextInt(8) == 0,
                    name.equals("leaders") || random.nextInt(8) == 0));
        }
        return wishes;
    }

    /** In calm each member that has a replica writes and reads, and gets its answers. */
    void writeAndReadOnceMore() {
        long timeout = plan.longestTimeoutNanos;
        for (VirtualMember member : cluster.members()) {
            if (!member.isUp() || member.replica() == null || !belongs(member)) {
                continue;
            }
            StoreClient client = member.replica().client();
            long before = client.answers();
            long limit = cluster.nowNanos() + CALM_LIMIT * timeout;
            while (client.answers() < before + 2) {
                if (cluster.nowNanos() >= limit || member.replica() == null) {
                    throw new Violation("clients are answered in calm", member + ": " + client);
                }
                client.askAgain();
                client.write(wishes());
                client.read(NAMES.get(random.nextInt(NAMES.size())));
                cluster.run(cluster.nowNanos() + timeout);
            }
        }
    }

    private boolean belongs(VirtualMember member) {
        VirtualMember leader = cluster.leader();
        return leader != null
                && leader.view().membership() != null
                && leader.view().membership().member(member.id()).isPresent();
    }

    /** The run is over: what clients saw is judged. */
    void end() {
        for (VirtualMember member : cluster.members()) {
            if (member.replica() != null) {
                member.replica().client().died();
            }
        }
        memory.history().judge();
    }

    private VirtualMember any() {
        return cluster.members().get(random.nextInt(cluster.members().size()));
    }

    private void fault() {
        if (calm) {
            return;
        }
        VirtualMember struck = random.nextBoolean() || cluster.leader() == null ? any() : cluster.leader();
        if (!struck.isUp() || struck.replica() == null) {
            return;
        }
        int drawn = random.nextInt(20);
        if (drawn < 14) {
            long timeout = plan.longestTimeoutNanos;
            memory.slow(struck, cluster.nowNanos() + random.nextLong(3 * timeout), random.nextLong(timeout / 2));
            note(struck, "applies slowly");
        } else if (drawn < 19) {
            note(struck, "its machine fails");
            struck.replica().fails();
            restartLater(struck);
        } else if (!differed) {
            differed = true;
            note(struck, "its state differs");
            struck.replica().differs();
            restartLater(struck);
        }
    }

    private void restartLater(VirtualMember member) {
        int life = member.life();
        long timeout = plan.longestTimeoutNanos;
        cluster.at(cluster.nowNanos() + random.nextLong(6 * timeout), () -> {
            if (!calm && member.life() == life) {
                member.crash("is restarted because of its machine");
                faults.start(member, timeout / 10);
            }
        });
    }

    private void note(VirtualMember member, String what) {
        cluster.trace().add(cluster.nowNanos(), member.id(), "*** " + what);
    }
}
