package io.election.machine;

import io.election.FencingToken;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Membership;
import io.election.core.Payload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Replica} and {@link StoreMachine} must make of a log, said as plainly as can be: it forgets nothing, and looks through all
 * that it knows.
 */
final class NaiveReplica {

    /** A session, open or closed. */
    private static final class Writer {
        final long number;
        final String member;
        final String life;
        boolean open = true;
        long lowest = 1;
        final Map<Long, String> told = new TreeMap<>();

        Writer(long number, String member, String life) {
            this.number = number;
            this.member = member;
            this.life = life;
        }
    }

    /** A value of the store. */
    private record Stored(String bytes, long version, boolean ofLeader) {}

    private final List<Writer> writers = new ArrayList<>();
    private final Map<String, Stored> store = new TreeMap<>();
    private Set<String> members = Set.of();
    private @Nullable FencingToken inForce;

    /** The answer to an entry, as text. */
    String apply(Entry entry) {
        Membership membership = entry.payload().membership();
        if (entry.payload() instanceof Payload.TermOpening) {
            inForce = Entries.token(entry.term());
        }
        if (membership != null) {
            members = new TreeSet<>(
                    membership.members().stream().map(EnrolledMember::id).toList());
            writers.stream().filter(w -> !members.contains(w.member)).forEach(w -> w.open = false);
        }
        if (!(entry.payload() instanceof Payload.Application content)) {
            return "nothing";
        }
        ByteBuffer in = content.data().buffer();
        if (content.type().equals(CommandCodec.SESSION_TYPE)) {
            return open(entry.index(), CommandCodec.readOpening(in));
        }
        return command(entry, CommandCodec.read(content.type(), in));
    }

    private String open(long index, SessionOpening opening) {
        Writer now = writers.stream()
                .filter(w -> w.open && w.member.equals(opening.member()))
                .findFirst()
                .orElse(null);
        boolean same = now != null && now.life.equals(opening.life());
        if (!same && opening.replaces() == (now == null ? 0 : now.number) && members.contains(opening.member())) {
            if (now != null) {
                now.open = false;
            }
            now = new Writer(index, opening.member(), opening.life());
            writers.add(now);
            same = true;
        }
        return "session " + (now == null ? 0 : now.number) + " " + same;
    }

    private String command(Entry entry, Command command) {
        Writer writer = writers.stream()
                .filter(w -> w.open && w.number == command.id().session())
                .findFirst()
                .orElse(null);
        if (writer == null) {
            return "closed";
        }
        writer.lowest = Math.max(writer.lowest, command.lowestAwaited());
        if (command.id().number() < writer.lowest) {
            return "forgotten";
        }
        return writer.told.computeIfAbsent(command.id().number(), number -> judge(entry, command));
    }

    private String judge(Entry entry, Command command) {
        if (command.token() != null && !command.token().equals(inForce)) {
            return "stale token at " + entry.index();
        }
        return "done at " + entry.index() + ": " + write(entry.index(), command.token() != null, StoreCommand.read(command.data()));
    }

    private String write(long index, boolean leads, StoreCommand write) {
        Stored before = store.get(write.name());
        long version = before == null ? 0 : before.version();
        if (before != null && before.ofLeader() && !leads) {
            return "NEEDS_TOKEN " + version;
        }
        if (write.expectedVersion() >= 0 && write.expectedVersion() != version) {
            return "CONFLICT " + version;
        }
        if (write.value() == null) {
            store.remove(write.name());
            return "WRITTEN 0";
        }
        byte[] bytes = new byte[write.value().remaining()];
        write.value().get(bytes);
        store.put(write.name(), new Stored(java.util.Arrays.toString(bytes), index, leads));
        return "WRITTEN " + index;
    }

    /** All values, as text. */
    String state() {
        return store.toString();
    }

    /** The same of the real one. */
    static String state(StoreMachine machine) {
        Map<String, Stored> all = new TreeMap<>();
        for (String name : machine.names()) {
            StoredBytes value = machine.get(name);
            all.put(
                    name,
                    new Stored(
                            java.util.Arrays.toString(value.bytes()),
                            value.version(),
                            value.writers() == io.election.Writers.LEADER));
        }
        return all.toString();
    }

    /** The same of the answer of the real one. */
    static String answer(@Nullable Applied applied) {
        if (applied == null) {
            return "nothing";
        }
        if (applied instanceof Applied.SessionAnswer session) {
            return "session " + session.session() + " " + session.isOpen();
        }
        Outcome outcome = ((Applied.CommandAnswer) applied).outcome();
        if (outcome instanceof Outcome.Done done) {
            StoreResult result = StoreResult.of(done.result());
            return "done at " + done.at().index() + ": " + result.kind() + " " + result.version();
        }
        if (outcome instanceof Outcome.Refused refused) {
            return "stale token at " + refused.at().index();
        }
        return outcome instanceof Outcome.Closed ? "closed" : "forgotten";
    }
}
