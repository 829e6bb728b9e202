package io.election.benchmarks.life;

import io.election.core.ClockReading;
import io.election.core.Contact;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.Election;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Member;
import io.election.core.MemberChange;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Response;
import io.election.journal.FileJournal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Members that live in one place: each message arrives at once, and time passes only when nothing is left to do. */
final class Country implements AutoCloseable {

    private static final Duration T = Duration.ofSeconds(1);
    private static final int COMPACTION_THRESHOLD = 64;

    private final Path directory;
    private final List<Member> founders;
    private final Map<String, Citizen> citizens = new TreeMap<>();
    private final Deque<Runnable> mail = new ArrayDeque<>();
    private ClockReading now = new ClockReading(0, 1_700_000_000_000L);
    private long largestJournal;

    Country(Path directory, List<String> founders) throws IOException {
        this.directory = directory;
        this.founders = founders.stream()
                .map(id -> new Member(id, MemberKind.DATA, 0, false))
                .toList();
        for (String id : founders) {
            citizens.put(id, new Citizen(id, this.founders));
        }
    }

    // ------------------------------------------------------------------------------------------------ what happens

    /** Who leads; there is somebody. */
    String leader() {
        return citizens.values().stream()
                .filter(c -> c.leads)
                .map(c -> c.id)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody leads"));
    }

    void untilLed() {
        while (citizens.values().stream().noneMatch(c -> c.leads)) {
            pass();
        }
    }

    void untilLedByAnotherThan(String old) {
        while (citizens.values().stream().noneMatch(c -> c.leads && !c.id.equals(old))) {
            pass();
        }
    }

    /** Hands an input to a member, and lets everything that follows happen. */
    void wish(String id, Input input) {
        citizen(id).step(input);
        settle();
    }

    /** Asks a member for a change; how that ended, or {@code null} while it is not committed. */
    @Nullable Outcome change(String id, MemberChange change) {
        Citizen citizen = citizen(id);
        citizen.outcome = null;
        citizen.step(new Input.ChangeMembers(1, change, null, true));
        settle();
        return citizen.outcome;
    }

    /** A new member that lists itself and the founders, with a memory of its own. */
    void join(String id, MemberKind kind) throws IOException {
        List<Member> listed = new ArrayList<>(founders);
        listed.add(new Member(id, kind, 0, false));
        Citizen citizen = new Citizen(id, listed);
        citizens.put(id, citizen);
        citizen.step(new Input.ContactIs(new Contact("http://" + id + ".example.org:8080", null, 0)));
        citizen.step(new Input.PingDue());
        settle();
    }

    void end(String id) throws IOException {
        Citizen gone = citizen(id);
        citizens.remove(id);
        gone.journal.close();
        delete(directory.resolve(id));
    }

    /** Until the next instant at which somebody has something to do. */
    void pass() {
        long next =
                citizens.values().stream().mapToLong(c -> c.wakeAtNanos).min().orElseThrow();
        long nanos = Math.max(1, next - now.monotonicNanos());
        now = new ClockReading(now.monotonicNanos() + nanos, now.wallMillis() + nanos / 1_000_000);
        for (Citizen citizen : List.copyOf(citizens.values())) {
            if (citizen.wakeAtNanos <= now.monotonicNanos()) {
                citizen.step(new Input.Tick());
            }
        }
        settle();
    }

    private void settle() {
        for (Runnable next = mail.poll(); next != null; next = mail.poll()) {
            next.run();
        }
    }

    private Citizen citizen(String id) {
        Citizen citizen = citizens.get(id);
        if (citizen == null) {
            throw new IllegalArgumentException("id must be a member's, but is " + id);
        }
        return citizen;
    }

    // ------------------------------------------------------------------------------------------------ what is left

    ElectionView view(String id) {
        return citizen(id).election.view(now);
    }

    String entriesKept(List<String> ids) {
        return ids.stream()
                .map(id -> String.valueOf(citizen(id).election.entries().size()))
                .collect(Collectors.joining(", "));
    }

    String journalKibibytes(List<String> ids) {
        return ids.stream()
                .map(id -> String.valueOf(size(directory.resolve(id)) / 1024))
                .collect(Collectors.joining(", "));
    }

    /** The most bytes that the journal of a member ever took. */
    long largestJournal() {
        return largestJournal;
    }

    private static long size(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (Citizen citizen : citizens.values()) {
            citizen.journal.close();
        }
    }

    /** One member. */
    private final class Citizen implements EffectQueue.Sink {

        private static final int LOOK_AT_SIZE_EVERY = 100;

        final String id;
        final FileJournal journal;
        final Election election;
        private @Nullable Outcome outcome;
        private final EffectQueue queue = new EffectQueue(this);
        private final Map<Long, Citizen> askers = new HashMap<>();
        private long exchanges;
        private long writes;
        long wakeAtNanos;
        boolean leads;

        Citizen(String id, List<Member> listed) throws IOException {
            this.id = id;
            journal = FileJournal.open(directory.resolve(id), "long-life", id);
            journal.open();
            election = new Election(
                    new ElectionSettings(
                            "long-life",
                            id,
                            listed,
                            T,
                            Duration.ofMillis(200),
                            Duration.ofMillis(750),
                            0.05,
                            Duration.ofMillis(10),
                            Duration.ofSeconds(5),
                            false,
                            COMPACTION_THRESHOLD),
                    journal.incarnation(),
                    journal.state(),
                    now,
                    new Random(id.hashCode()));
            mail.add(() -> step(new Input.Ready()));
        }

        void step(Input input) {
            Output output = election.step(input, now);
            wakeAtNanos = output.wakeAtNanos();
            queue.step(input, output.effects());
        }

        @Override
        public void publish(List<Effect> ofStep) {
            for (Effect effect : ofStep) {
                if (effect instanceof Effect.LeadershipGained) {
                    leads = true;
                } else if (effect instanceof Effect.LeadershipEnded ended) {
                    leads = false;
                    mail.add(() -> step(new Input.LeadershipWorkDone(ended.term())));
                }
            }
        }

        @Override
        public void write(Effect.Persist persist) {
            try {
                journal.append(persist.records());
                journal.compact();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (writes++ % LOOK_AT_SIZE_EVERY == 0) {
                largestJournal = Math.max(largestJournal, size(directory.resolve(id)));
            }
            mail.add(() -> step(new Input.Persisted(persist.write())));
        }

        @Override
        public void send(Effect.Send send) {
            Citizen other = citizens.get(send.request().header().to());
            mail.add(() -> {
                if (other == null || !citizens.containsValue(other)) {
                    step(new Input.Unanswered(send.request().header().requestId()));
                    return;
                }
                long exchange = ++other.exchanges;
                other.askers.put(exchange, this);
                other.step(new Input.RequestReceived(exchange, send.request()));
            });
        }

        @Override
        public void reply(Effect.Reply reply) {
            Citizen asker = askers.remove(reply.exchange());
            Response response = reply.response();
            if (asker != null) {
                mail.add(() -> asker.step(new Input.ResponseReceived(response)));
            }
        }

        @Override
        public void dropped(Effect.Reply reply) {
            askers.remove(reply.exchange());
        }

        @Override
        public void carryOut(Effect effect) {
            if (effect instanceof Effect.MemberChangeEnded ended) {
                outcome = ended.result().outcome();
            }
        }
    }
}
