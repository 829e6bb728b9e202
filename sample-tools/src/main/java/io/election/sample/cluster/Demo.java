package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The whole story of a cluster, played unattended and checked at each step. */
final class Demo {

    /** As {@code application.yml} has it, by default. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration STANDSTILL = Duration.ofSeconds(5);
    private static final Duration WITHOUT_QUORUM = Duration.ofSeconds(4);

    /** What two readings of different clocks may differ by. */
    private static final Duration READING = Duration.ofMillis(5);

    private final SampleCluster cluster;

    private Demo(SampleCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Plays the story on free ports and tells it on the standard output.
     *
     * @param profile where the ledger is, see {@link LedgerDatabase}
     */
    static void play(@Nullable String profile) {
        long start = System.nanoTime();
        SampleCluster.with(
                layout(profile, null, List.of("--management.endpoint.election.access=unrestricted")),
                cluster -> new Demo(cluster).story());
        try (NameServer names = NameServer.start()) {
            SampleCluster.with(
                    layout(profile, names, FoundByName.ARGUMENTS), cluster -> new FoundByName(cluster).story());
        }
        System.out.println();
        System.out.println(
                "Everything was as it should be. The demo took " + Figures.seconds(System.nanoTime() - start) + ".");
    }

    private static SampleCluster.Layout layout(
            @Nullable String profile, @Nullable NameServer names, List<String> arguments) {
        return new SampleCluster.Layout(
                SampleCluster.SAMPLE,
                profile,
                SampleCluster.newDirectory("demo"),
                true,
                SampleCluster.freePorts(),
                true,
                List.of(),
                names,
                arguments);
    }

    private void story() {
        founded();
        jobRunsOnlyOnTheLeader();
        handedOver();
        killed();
        new ProgressInTheStore(cluster).story();
        paused();
        pausedInsideItsTransaction();
        withoutQuorum();
        new ChangesOfMembers(cluster).story();
        recordsAreSound();
        ledgerIsSound();
    }

    private void founded() {
        title("Three members start for the first time");
        cluster.start();
        MemberProcess leader = cluster.awaitAgreement();
        MemberStatus status = status(leader);
        check(
                cluster.statuses().stream()
                        .anyMatch(
                                s -> s.history().stream().anyMatch(e -> e.what().equals("founded"))),
                "No member remembers the founding of the cluster.");
        say(
                "They have founded their cluster and elected %s, in term %d with fencing token %s.",
                leader.id(), status.term(), String.valueOf(status.fencingToken()));
    }

    private void jobRunsOnlyOnTheLeader() {
        title(
                "A job is due every second, and runs only where the leader is; each run appends a line to a table, the ledger");
        SampleCluster.await(
                "a leader that leads until its job has written three lines",
                LIMIT,
                () -> onlyTheLeaderWrites(leader()));
    }

    /** Returns {@code false} if the leadership changed meanwhile, so that others may have written as well. */
    private boolean onlyTheLeaderWrites(MemberProcess leader) {
        long term = status(leader).term();
        BooleanSupplier leads = () -> {
            MemberStatus now = status(leader);
            return now.leader() && now.term() == term;
        };
        List<Long> before = cluster.members().stream().map(Demo::written).toList();
        SampleCluster.await("lines of the leader's job", LIMIT, () -> written(leader) >= 3 || !leads.getAsBoolean());
        List<Long> after = cluster.members().stream().map(Demo::written).toList();
        if (!leads.getAsBoolean()) {
            say(
                    "The leadership changed meanwhile: on a busy machine a leader can stand still for longer than its lease."
                            + " Once more.");
            return false;
        }
        for (int i = 0; i < after.size(); i++) {
            MemberProcess member = cluster.members().get(i);
            say("%s has written %d lines.", member.id(), after.get(i));
            check(
                    member == leader || after.get(i).equals(before.get(i)),
                    "The job of " + member.id() + " wrote, although it does not lead.");
        }
        return true;
    }

    private void handedOver() {
        title("The leader is stopped gracefully (SIGTERM)");
        MemberProcess old = leader();
        long asked = System.nanoTime();
        old.askToStop();
        MemberProcess successor = awaitSuccessor(old);
        old.awaitEnd();
        Recording oldRecord = old.recording();
        long ended = last(oldRecord.leaderships()).lastTrueNanos();
        long led = ledAfter(successor, asked);
        say(
                "%s hands over to %s: %s after isLeader() turned false there it turned true here.",
                old.id(), successor.id(), Figures.millis(led - ended));
        check(led > ended, "The successor led before the old leader had ended.");
        long told = last(oldRecord.events().stream()
                        .filter(e -> e.what().equals("stepped-down"))
                        .toList())
                .atNanos();
        SampleCluster.await(
                "the successor's LeaderElectedEvent",
                LIMIT,
                () -> successor.recording().events().stream().anyMatch(e -> elected(e, asked)));
        long heard = successor.recording().events().stream()
                .filter(e -> elected(e, asked))
                .findFirst()
                .orElseThrow()
                .atNanos();
        check(heard > told, "LeaderElectedEvent came before the old leader's StepDownEvent.");
        say(
                "The old leader's StepDownEvent came %s before the new one's LeaderElectedEvent.",
                Figures.millis(heard - told));
        cluster.start(old);
        say("%s is back; it follows %s.", old.id(), cluster.awaitAgreement().id());
    }

    private static boolean elected(Recording.Event event, long afterNanos) {
        return event.what().equals("elected") && event.atNanos() - afterNanos > 0;
    }

    private void killed() {
        title("The leader is killed (SIGKILL)");
        MemberProcess old = leader();
        // On a machine without a processor to spare, the answers below may come when the promises have run out.
        List<MemberStatus> bound = new ArrayList<>(cluster.statuses());
        long killed = System.nanoTime();
        old.kill();
        // Until a promise has run out nobody can be elected: this answer still tells of the old leader.
        bound.addAll(cluster.statuses());
        long boundAt = System.nanoTime();
        Instant now = Instant.now();
        MemberProcess successor = awaitSuccessor(old);
        long led = ledAfter(successor, killed);
        say("%s leads %s after %s was killed.", successor.id(), Figures.seconds(led - killed), old.id());
        Instant ledAt = now.plusNanos(led - boundAt);
        Instant promised = bound.stream()
                .filter(s -> old.id().equals(s.leaderId()) && !old.id().equals(s.nodeId()))
                .map(MemberStatus::lastLeaderContact)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElseThrow(
                        () -> new ClusterException("No member remembers when it last heard from " + old.id() + "."))
                .plus(ELECTION_TIMEOUT);
        check(
                !ledAt.plus(READING).isBefore(promised),
                "The promise to the old leader ran until " + promised + ", but the new one led at " + ledAt + ".");
        say(
                "The others had promised to wait for it for %s more; not earlier, and %s later, there was a new leader.",
                Figures.seconds(Duration.between(now, promised).toNanos() + boundAt - killed),
                Figures.millis(Duration.between(promised, ledAt).toNanos()));
        cluster.start(old);
        say("%s is back; it follows %s.", old.id(), cluster.awaitAgreement().id());
    }

    private void paused() {
        title("The leader stands still for " + STANDSTILL.toSeconds() + " s and does not know it (SIGSTOP, SIGCONT)");
        MemberProcess old = leader();
        long stopped = System.nanoTime();
        old.pause();
        MemberProcess successor = awaitSuccessor(old);
        say(
                "%s leads %s after %s was stopped.",
                successor.id(), Figures.seconds(ledAfter(successor, stopped) - stopped), old.id());
        long left = STANDSTILL.toNanos() - (System.nanoTime() - stopped);
        SampleCluster.pause(Duration.ofNanos(Math.max(0, left)));
        old.resume();
        SampleCluster.await("the first answer of the member that woke", LIMIT, () -> waking(old, stopped) != null);
        Recording.Waking waking = Objects.requireNonNull(waking(old, stopped));
        say(
                "%s wakes after %s and is asked at once whether it leads. Its first answer: %s.",
                old.id(), Figures.seconds(waking.pausedNanos()), waking.answer());
        check(!waking.answer(), "The first answer after waking was true.");
        say("All follow %s again.", cluster.awaitAgreement().id());
    }

    private static Recording.@Nullable Waking waking(MemberProcess member, long afterNanos) {
        return member.recording().wakings().stream()
                .filter(w -> w.atNanos() - afterNanos > 0 && w.pausedNanos() > STANDSTILL.toNanos() / 2)
                .findFirst()
                .orElse(null);
    }

    /** Just before the guard: one that has passed it keeps the fence's row, and another leader's guard waits for that. */
    private void pausedInsideItsTransaction() {
        title("The leader is paused inside its transaction (SIGSTOP), until another has led and written");
        Inside inside = inItsTransaction();
        MemberProcess old = inside.member();
        MemberProcess.Held held = inside.held();
        MemberProcess.Tally before = tally(old);
        long stopped = System.nanoTime();
        old.pause();
        say(
                "%s has opened a transaction under token %d, and sees line %d as the last. It is stopped there.",
                old.id(), held.token(), held.lastLine());
        MemberProcess successor = awaitSuccessor(old);
        SampleCluster.await(
                "lines of the new leader", LIMIT, () -> linesAbove(held.token()).size() >= 2);
        say(
                "%s leads %s later, and appends lines %s.",
                successor.id(),
                Figures.seconds(ledAfter(successor, stopped) - stopped),
                linesAbove(held.token()).stream()
                        .map(line -> Long.toString(line.number()))
                        .collect(Collectors.joining(" and ")));
        old.resume();
        SampleCluster.await("the end of the write of the member that woke", LIMIT, () -> {
            old.letGo();
            return !tally(old).equals(before);
        });
        List<LedgerLine> lines = cluster.ledger().lines();
        check(
                tally(old).linesRefused() > before.linesRefused(),
                "The write of " + old.id() + " was not refused. " + String.join(" ", LedgerCheck.faults(lines)));
        say(
                "%s wakes after %s and continues to append its line. The fence answers:",
                old.id(), Figures.seconds(System.nanoTime() - stopped));
        say("  %s", String.valueOf(tally(old).lastRefusal()));
        say("The end of the ledger:");
        lines.subList(Math.max(0, (int) held.lastLine() - 2), lines.size())
                .forEach(line ->
                        say("  line %d, written by %s under token %d", line.number(), line.member(), line.token()));
        ledgerHasNoFault(lines);
        check(
                lines.stream().noneMatch(line -> line.number() > held.lastLine() && line.token() <= held.token()),
                "The write of " + old.id() + " is in the ledger, although another had led and written.");
        say("All follow %s again.", cluster.awaitAgreement().id());
    }

    /** A leader whose job's transaction has begun and is held there. */
    private Inside inItsTransaction() {
        List<Inside> all = new ArrayList<>();
        SampleCluster.await("the leader's job to be in its transaction", LIMIT, () -> {
            cluster.leader().ifPresent(leader -> leader.hold("BEFORE_GUARD"));
            cluster.members().forEach(m -> m.held().ifPresent(held -> all.add(new Inside(m, held))));
            return !all.isEmpty();
        });
        Inside first = all.get(0);
        // The leadership may just have changed.
        cluster.others(first.member()).forEach(MemberProcess::letGo);
        return first;
    }

    /** A member whose job is held inside its transaction. */
    private record Inside(MemberProcess member, MemberProcess.Held held) {}

    private List<LedgerLine> linesAbove(long token) {
        return cluster.ledger().lines().stream()
                .filter(line -> line.token() > token)
                .toList();
    }

    private static void ledgerHasNoFault(List<LedgerLine> lines) {
        List<String> faults = LedgerCheck.faults(lines);
        check(faults.isEmpty(), String.join(" ", faults));
        say(
                "The ledger is complete: of %d lines none is missing, duplicated or out of order, and no token is"
                        + " lower than the one before.",
                lines.size());
    }

    private void withoutQuorum() {
        title("Two of three are killed");
        MemberProcess last = leader();
        List<MemberProcess> gone = cluster.others(last);
        long struck = System.nanoTime();
        gone.forEach(MemberProcess::kill);
        long killed = System.nanoTime();
        SampleCluster.await(
                "the lone leader's isLeader() to turn false",
                LIMIT,
                () -> last(last.recording().leaderships()).falseNanos() != Long.MAX_VALUE);
        long fell = last(last.recording().leaderships()).falseNanos();
        say(
                "%s led. Alone it is not a quorum, and it stopped leading %s later.",
                last.id(), Figures.seconds(fell - struck));
        SampleCluster.pause(WITHOUT_QUORUM);
        check(last.recording().firstLedAfter(killed).isEmpty(), last.id() + " led again without a quorum.");
        check(cluster.leader().isEmpty(), "Somebody leads without a quorum.");
        say("For %d s nobody has led. That is the point.", WITHOUT_QUORUM.toSeconds());
        long back = System.nanoTime();
        cluster.start(gone.get(0));
        MemberProcess leader = cluster.awaitAgreement();
        say(
                "%s is back: two of three are a quorum, and %s leads, %s after it was started.",
                gone.get(0).id(), leader.id(), Figures.seconds(ledAfter(leader, back) - back));
        cluster.start(gone.get(1));
        leader = cluster.awaitAgreement();
        say(
                "%s is back too. All follow %s, in term %d.",
                gone.get(1).id(), leader.id(), status(leader).term());
    }

    private void recordsAreSound() {
        title("The records of all members are compared");
        cluster.stop();
        List<Recording> recordings = cluster.recordings();
        List<String> faults = RecordingCheck.faults(recordings);
        check(faults.isEmpty(), String.join(" ", faults));
        long leaderships =
                recordings.stream().mapToLong(r -> r.leaderships().size()).sum();
        say(
                "%d leaderships in %d lives of %d members: no two at once, each with a higher token than the one before, and"
                        + " each LeaderElectedEvent with its StepDownEvent.",
                leaderships, recordings.size(), cluster.everybody().count());
    }

    private void ledgerIsSound() {
        title("The ledger is read once more, from its first line to its last");
        List<LedgerLine> lines = cluster.ledger().lines();
        ledgerHasNoFault(lines);
        long tokens = lines.stream().mapToLong(LedgerLine::token).distinct().count();
        say("They were written in %d leaderships.", tokens);
    }

    private static long written(MemberProcess member) {
        return tally(member).linesWritten();
    }

    private static MemberProcess.Tally tally(MemberProcess member) {
        return answer(member, member::tally);
    }

    private MemberProcess leader() {
        return cluster.awaitAgreement();
    }

    static MemberStatus status(MemberProcess member) {
        return answer(member, () -> member.status().join());
    }

    /** What a member says. On a busy machine it may have to be asked again. */
    static <T> T answer(MemberProcess member, Supplier<Optional<T>> question) {
        List<T> answers = new ArrayList<>();
        SampleCluster.await("an answer of member " + member.id(), LIMIT, () -> {
            question.get().ifPresent(answers::add);
            return !answers.isEmpty();
        });
        return answers.get(0);
    }

    private MemberProcess awaitSuccessor(MemberProcess old) {
        List<MemberProcess> successors = new ArrayList<>();
        SampleCluster.await("another leader than " + old.id(), LIMIT, () -> {
            cluster.leader().filter(leader -> leader != old).ifPresent(successors::add);
            return !successors.isEmpty();
        });
        return successors.get(0);
    }

    static long ledAfter(MemberProcess member, long nanos) {
        OptionalLong led = member.recording().firstLedAfter(nanos);
        return led.orElseThrow(
                () -> new ClusterException("The record of " + member.id() + " does not show that it led."));
    }

    static <T> T last(List<T> list) {
        if (list.isEmpty()) {
            throw new ClusterException("A record lacks something that it must contain.");
        }
        return list.get(list.size() - 1);
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new ClusterException(otherwise);
        }
    }

    static void title(String sentence) {
        System.out.println("\n" + sentence + ".");
    }

    static void say(String sentence, Object... values) {
        System.out.println("  " + String.format(Locale.ROOT, sentence, values));
    }
}
