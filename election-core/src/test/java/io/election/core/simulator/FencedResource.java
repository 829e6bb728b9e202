package io.election.core.simulator;

import io.election.history.Life;
import io.election.history.Operation;
import io.election.history.Operation.Outcome;
import java.util.random.RandomGenerator;

/**
 * A resource behind a fence, to which whoever leads writes under its token. Writes and answers take any time, up to long after
 * the leadership has ended, and some never arrive. Nothing of it belongs to the election: what it shows is what a lease and a
 * token are worth to somebody who uses them.
 */
final class FencedResource {

    private static final String NAME = "resource";
    private static final Life READER = new Life("reader", 1);

    private final VirtualCluster cluster;
    private final WhatUsersSee users;
    private final RandomGenerator random;
    private long meanNanos;
    private long token = Operation.NO_TOKEN;
    private long value;
    private long values;

    FencedResource(VirtualCluster cluster, WhatUsersSee users, RandomGenerator random) {
        this.cluster = cluster;
        this.users = users;
        this.random = random;
    }

    /** Somebody uses it again and again, so far apart on average. */
    void begin(long mean) {
        meanNanos = mean;
        cluster.repeat(random, mean, this::use);
    }

    private void use() {
        for (VirtualMember member : cluster.members()) {
            long held = users.ask(member);
            if (held != Operation.NO_TOKEN) {
                write(member, held);
            }
        }
        if (random.nextInt(4) == 0) {
            read();
        }
    }

    private void write(VirtualMember member, long held) {
        Life life = users.life(member);
        long asked = cluster.nowNanos();
        long written = ++values;
        int fate = random.nextInt(20);
        if (fate == 0) {
            record(life, asked, Operation.UNANSWERED, held, written, Outcome.UNKNOWN);
            return;
        }
        cluster.at(asked + delay(), () -> {
            boolean accepted = held >= token || users.lies(WhatUsersSee.Lie.FENCE_FORGETS);
            if (accepted && !(users.lies(WhatUsersSee.Lie.WRITE_IS_LOST) && fate == 2)) {
                token = held;
                value = written;
            }
            long answered = cluster.nowNanos() + random.nextLong(1 + meanNanos);
            int place = record(life, asked, Operation.UNANSWERED, held, written, Outcome.UNKNOWN);
            cluster.at(answered, () -> {
                // Nobody hears it if the process has gone meanwhile.
                if (fate != 1 && member.isUp() && users.life(member).equals(life)) {
                    Outcome outcome = accepted ? Outcome.ACCEPTED : Outcome.REFUSED;
                    users.correct(place, operation(life, asked, answered, held, written, outcome));
                }
            });
        });
    }

    /** Mostly short; sometimes it takes so long that others lead by then. */
    private long delay() {
        return random.nextLong(1 + (random.nextInt(5) == 0 ? 20 * meanNanos : meanNanos / 4));
    }

    private int record(Life life, long asked, long answered, long held, long written, Outcome outcome) {
        return users.record(operation(life, asked, answered, held, written, outcome));
    }

    private static Operation operation(Life life, long asked, long answered, long held, long written, Outcome outcome) {
        return new Operation.GuardedWrite(life, asked, answered, NAME, held, written, outcome);
    }

    private void read() {
        long now = cluster.nowNanos();
        users.record(new Operation.GuardedRead(READER, now, now, NAME, token, value));
    }
}
