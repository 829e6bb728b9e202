package io.election.machine;

import io.election.FencingToken;
import io.election.core.Entry;
import io.election.core.Payload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A committed log of members that open sessions, write to the store, lead, come and go, and whose messages are late and repeated. From
 * a seed.
 */
final class RandomLog {

    private static final String[] MEMBERS = {"a", "b", "c"};
    private static final int NAMES = 4;

    private final Random random;
    private final Entries log = new Entries();
    private final List<Payload> sent = new ArrayList<>();
    private final long[] sessions = new long[MEMBERS.length];
    private final long[] numbers = new long[MEMBERS.length];
    private final long[] lowest = new long[MEMBERS.length];

    RandomLog(long seed) {
        random = new Random(seed);
    }

    List<Entry> entries(int count) {
        while (log.all().size() < count) {
            int choice = random.nextInt(100);
            if (choice < 4) {
                log.opening();
            } else if (choice < 7) {
                membership();
            } else if (choice < 14) {
                open(random.nextInt(MEMBERS.length));
            } else if (choice < 34 && !sent.isEmpty()) {
                log.append(sent.get(Math.max(0, sent.size() - 1 - random.nextInt(20))));
            } else {
                write(random.nextInt(MEMBERS.length));
            }
        }
        return log.all();
    }

    private void membership() {
        List<String> ids = new ArrayList<>(List.of("a"));
        for (int i = 1; i < MEMBERS.length; i++) {
            if (random.nextInt(4) > 0) {
                ids.add(MEMBERS[i]);
            }
        }
        log.membersAre(ids.toArray(String[]::new));
    }

    private void open(int member) {
        String life = "life " + random.nextInt(3);
        long replaces = random.nextInt(4) == 0 ? random.nextInt(30) : sessions[member];
        Entry entry = log.session(MEMBERS[member], life, replaces);
        sent.add(entry.payload());
        sessions[member] = entry.index();
        numbers[member] = 0;
        lowest[member] = 1;
    }

    private void write(int member) {
        if (sessions[member] == 0) {
            return;
        }
        numbers[member] += random.nextInt(8) == 0 ? random.nextInt(90) : 1;
        long number = Math.max(1, numbers[member]);
        numbers[member] = number;
        if (random.nextInt(3) > 0) {
            lowest[member] = Math.max(lowest[member], number - random.nextInt(80));
        }
        int term = (int) log.term();
        FencingToken token = switch (random.nextInt(4)) {
            case 0, 1 -> Entries.token(term);
            case 2 -> Entries.token(1 + random.nextInt(term));
            default -> null;
        };
        command(member, number, token);
    }

    private void command(int member, long number, @Nullable FencingToken token) {
        long expected = random.nextInt(3) == 0 ? random.nextInt(log.all().size() + 1) : StoreCommand.ANY;
        if (random.nextInt(6) == 0) {
            expected = 0;
        }
        byte[] value = new byte[random.nextInt(20)];
        random.nextBytes(value);
        StoreCommand write = new StoreCommand(
                "name " + random.nextInt(NAMES),
                expected,
                random.nextInt(5) == 0 ? null : ByteBuffer.wrap(value));
        Entry entry = log.command(
                StoreMachine.TYPE, sessions[member], number, Math.min(lowest[member], number), token, write.encode());
        sent.add(entry.payload());
    }
}
