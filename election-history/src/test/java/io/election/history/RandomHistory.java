package io.election.history;

import io.election.history.Operation.Answer;
import io.election.history.Operation.Closed;
import io.election.history.Operation.Confirmation;
import io.election.history.Operation.Elected;
import io.election.history.Operation.GuardedRead;
import io.election.history.Operation.GuardedWrite;
import io.election.history.Operation.LeaderChanged;
import io.election.history.Operation.Outcome;
import io.election.history.Operation.SteppedDown;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * What users see of a cluster that does everything right: its members lead in turns, one after the other, and a fence accepts
 * exactly the tokens that it should. It is a model of the promise, and shares no code with the check.
 */
final class RandomHistory {

    /** No event takes longer to its listener. */
    static final long EVENTS_WITHIN = 60;

    private static final long GREATEST_DELAY = 40;
    private static final List<String> MEMBERS = List.of("a", "b", "c");

    private final Random random;
    private final List<Operation> history = new ArrayList<>();
    private final Map<String, Integer> lives = new HashMap<>();
    private final Map<Life, Long> lastTold = new HashMap<>();
    /** By the time at which it reaches the fence. */
    private final TreeMap<Long, GuardedWrite> onTheWay = new TreeMap<>();

    private long now;
    private long fenceToken = Operation.NO_TOKEN;
    private long fenceValue;
    private long values;

    private RandomHistory(long seed) {
        random = new Random(seed);
    }

    static List<Operation> of(long seed) {
        return new RandomHistory(seed).make();
    }

    private List<Operation> make() {
        MEMBERS.forEach(member -> lives.put(member, 1));
        long token = 100;
        for (int reign = 2 + random.nextInt(5); reign > 0; reign--) {
            pass(random.nextInt(100));
            token += 1 + random.nextInt(3);
            reign(MEMBERS.get(random.nextInt(MEMBERS.size())), token);
        }
        pass(random.nextInt(200));
        arrivals(Long.MAX_VALUE);
        // Each user's own in its order, as the answers came.
        history.sort(Comparator.comparingLong(operation -> operation.answeredNanos() == Operation.UNANSWERED
                ? operation.invokedNanos()
                : operation.answeredNanos()));
        return history;
    }

    private Life life(String member) {
        return new Life(member, lives.get(member));
    }

    private long before() {
        return now - random.nextInt((int) GREATEST_DELAY);
    }

    private long after() {
        return now + random.nextInt((int) GREATEST_DELAY);
    }

    /** Nobody leads; all are asked. */
    private void pass(long time) {
        long end = now + time;
        while (now < end) {
            now += 1 + random.nextInt(30);
            denies(MEMBERS.get(random.nextInt(MEMBERS.size())));
            look();
        }
    }

    private void denies(String member) {
        history.add(new Answer(life(member), before(), after(), false, Operation.NO_TOKEN));
    }

    private void look() {
        arrivals(now);
        if (random.nextInt(3) == 0) {
            history.add(new GuardedRead(new Life("reader", 1), before(), after(), "r", fenceToken, fenceValue));
        }
    }

    /** A member leads for a while, and ends by an event or a crash. */
    private void reign(String member, long token) {
        now += 1;
        Life life = life(member);
        boolean dies = random.nextInt(4) == 0;
        long begin = now;
        long end = begin + 1 + random.nextInt(400);
        long told =
                Math.max(begin + random.nextInt((int) EVENTS_WITHIN / 4), lastTold.getOrDefault(life, begin - 1) + 1);
        // Whoever leads no longer when its listener could be told is told of neither.
        boolean isTold = told < end;
        if (isTold) {
            history.add(new Elected(life, told, token - 100, token));
            for (String other : MEMBERS) {
                history.add(new LeaderChanged(life(other), told + random.nextInt(20), token - 100, member));
            }
        }
        while (now < end) {
            asked(life, token);
            MEMBERS.stream()
                    .filter(other -> !other.equals(member) && random.nextInt(3) == 0)
                    .forEach(this::denies);
            look();
            now = Math.min(end, now + 1 + random.nextInt(40));
        }
        if (dies) {
            lives.merge(member, 1, Integer::sum);
        } else if (isTold) {
            long at = end + random.nextInt((int) EVENTS_WITHIN / 4);
            history.add(new SteppedDown(life, at, token - 100, "REQUESTED"));
            lastTold.put(life, at);
            if (random.nextInt(5) == 0) {
                history.add(new Closed(life, at));
                lives.merge(member, 1, Integer::sum);
            }
        }
        // What was asked under it may be answered up to then.
        now = end + 1;
    }

    private void asked(Life life, long token) {
        switch (random.nextInt(5)) {
            case 0 -> history.add(new Confirmation(life, before(), after(), true, token));
            case 1 -> {
                // Reaches the fence at once, or much later.
                long arrives = now + random.nextInt(random.nextInt(4) == 0 ? 900 : 20);
                while (onTheWay.containsKey(arrives)) {
                    arrives++;
                }
                onTheWay.put(
                        arrives,
                        new GuardedWrite(life, now, Operation.UNANSWERED, "r", token, ++values, Outcome.UNKNOWN));
            }
            case 2 -> history.add(new Operation.TokenObtained(life, before(), after(), token));
            default -> history.add(new Answer(life, before(), after(), true, token));
        }
    }

    private void arrivals(long until) {
        while (!onTheWay.isEmpty() && onTheWay.firstKey() <= until) {
            Map.Entry<Long, GuardedWrite> arrival = onTheWay.pollFirstEntry();
            GuardedWrite write = arrival.getValue();
            boolean lost = random.nextInt(10) == 0;
            boolean accepted = write.token() >= fenceToken;
            if (accepted && !lost) {
                fenceToken = write.token();
                fenceValue = write.value();
            }
            boolean unknown = lost || random.nextInt(6) == 0;
            history.add(
                    unknown
                            ? write
                            : new GuardedWrite(
                                    write.life(),
                                    write.invokedNanos(),
                                    arrival.getKey() + random.nextInt(30),
                                    "r",
                                    write.token(),
                                    write.value(),
                                    accepted ? Outcome.ACCEPTED : Outcome.REFUSED));
        }
    }
}
