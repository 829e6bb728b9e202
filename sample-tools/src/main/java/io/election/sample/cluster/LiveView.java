package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Three members and a readable view of them, until Ctrl-C. */
final class LiveView {

    private static final Duration REFRESH = Duration.ofMillis(250);
    private static final Duration RESTART_AFTER = Duration.ofSeconds(20);
    /** Shorter ones are in the log. */
    private static final Duration STALL_SHOWN = Duration.ofMillis(500);

    private static final int EVENTS_SHOWN = 14;
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final SampleCluster cluster;
    private final boolean terminal;
    private final List<Happening> happenings = new ArrayList<>();
    private final Set<String> known = new HashSet<>();
    private final Map<String, Instant> endSeen = new HashMap<>();
    /** The members that have answered since they were last started. */
    private final Set<String> answered = new HashSet<>();

    private @Nullable Happening loss;
    private String lastHeadline = "";

    private LiveView(SampleCluster cluster, boolean terminal) {
        this.cluster = cluster;
        this.terminal = terminal;
    }

    private record Happening(Instant at, String sentence) {

        String line() {
            return CLOCK.format(LocalTime.ofInstant(at, ZoneId.systemDefault())) + "  " + sentence;
        }
    }

    /**
     * Starts the members and shows them; returns only when this process ends.
     *
     * @param ports one for each member
     * @param profile where the ledger is, see {@link LedgerDatabase}
     * @param keepData whether data of the last such start is used, and left
     */
    static void show(List<Integer> ports, @Nullable String profile, boolean keepData) {
        SampleCluster.requireFree(ports);
        Path directory = keepData ? SampleCluster.directory("kept") : SampleCluster.newDirectory("run");
        SampleCluster.Layout layout = new SampleCluster.Layout(
                SampleCluster.SAMPLE,
                profile,
                directory,
                !keepData,
                ports,
                false,
                List.of(),
                null,
                // For whoever tries what an operator does, such as 'cluster.sh pause'.
                List.of("--management.endpoint.election.access=unrestricted"));
        SampleCluster.with(layout, cluster -> {
            System.out.println("Three members are starting; their data and logs are in " + directory);
            cluster.start();
            new LiveView(cluster, Boolean.getBoolean("cluster.terminal")).watch();
        });
    }

    private void watch() {
        while (!cluster.isStopping()) {
            Map<String, MemberStatus> statuses = ask();
            answered.addAll(statuses.keySet());
            noteEnds();
            statuses.values().forEach(this::noteHistory);
            String headline = headline(statuses);
            if (terminal) {
                draw(headline, statuses);
            } else {
                tell(headline);
            }
            restartTheDead();
            SampleCluster.pause(REFRESH);
        }
    }

    private Map<String, MemberStatus> ask() {
        Map<String, CompletableFuture<Optional<MemberStatus>>> answers = new HashMap<>();
        cluster.members().stream().filter(MemberProcess::isAlive).forEach(m -> answers.put(m.id(), m.status()));
        Map<String, MemberStatus> statuses = new HashMap<>();
        answers.forEach((id, answer) -> answer.join().ifPresent(status -> statuses.put(id, status)));
        return statuses;
    }

    private void noteEnds() {
        for (MemberProcess member : cluster.members()) {
            Instant ended = member.endedAt();
            if (ended != null && !ended.equals(endSeen.put(member.id(), ended))) {
                Happening end =
                        new Happening(ended, member.id() + (member.wasKilled() ? " was killed" : " was stopped"));
                happenings.add(end);
                if (!answered.contains(member.id()) && !member.wasSignalled()) {
                    throw new ClusterException("Member " + member.id() + " ended when it was started again.");
                }
                if (member.wasKilled()) {
                    loss = end;
                }
            }
        }
    }

    private void noteHistory(MemberStatus status) {
        for (MemberStatus.Event event : status.history()) {
            // The founding is seen by all, and told once.
            String key = event.what().equals("founded") ? "founded" : status.nodeId() + event;
            if (known.add(key)) {
                sentence(status.nodeId(), event).ifPresent(s -> happenings.add(new Happening(event.at(), s)));
            }
        }
        happenings.sort(Comparator.comparing(Happening::at));
    }

    private Optional<String> sentence(String member, MemberStatus.Event event) {
        return switch (event.what()) {
            case "elected" -> Optional.of(member + " leads in term " + event.term() + sinceLoss(event.at()));
            case "stepped-down" ->
                Optional.of(member + " no longer leads in term " + event.term() + " (" + event.reason() + ")");
            case "founded" -> Optional.of("the cluster is founded, with id " + event.reason());
            case "started" ->
                Optional.of(member + " has started" + (event.term() == 0 ? "" : " in term " + event.term()));
            case "stalled" -> stood(member, event.reason());
            case "leader-unknown" -> Optional.of(member + " knows no leader");
            case "let-in", "list-differs", "two-leaders", "storage-failed", "failed" ->
                Optional.of(member + ": " + event.what().replace('-', ' ') + ", " + event.reason());
            default -> Optional.empty();
        };
    }

    private String sinceLoss(Instant elected) {
        Happening before = loss;
        if (before == null || elected.isBefore(before.at())) {
            return "";
        }
        loss = null;
        return ", " + Figures.seconds(Duration.between(before.at(), elected).toNanos()) + " after " + before.sentence();
    }

    private static Optional<String> stood(String member, @Nullable String iso) {
        Duration length = iso == null ? Duration.ZERO : Duration.parse(iso);
        return length.compareTo(STALL_SHOWN) < 0
                ? Optional.empty()
                : Optional.of(member + " stood still for " + Figures.seconds(length.toNanos()));
    }

    private static String headline(Map<String, MemberStatus> statuses) {
        List<MemberStatus> leaders =
                statuses.values().stream().filter(MemberStatus::leader).toList();
        return switch (leaders.size()) {
            case 0 -> "Nobody leads";
            case 1 ->
                leaders.get(0).nodeId() + " leads in term " + leaders.get(0).term() + " with fencing token "
                        + leaders.get(0).fencingToken();
            // The answers are from different instants: one leadership may have ended before the other began.
            default -> "The leadership is changing";
        };
    }

    private void tell(String headline) {
        if (happenings.isEmpty() && headline.equals(lastHeadline)) {
            return;
        }
        happenings.forEach(happening -> System.out.println(happening.line()));
        happenings.clear();
        if (!headline.equals(lastHeadline)) {
            System.out.println(new Happening(Instant.now(), "= " + headline).line());
            lastHeadline = headline;
        }
    }

    private void draw(String headline, Map<String, MemberStatus> statuses) {
        StringBuilder screen = new StringBuilder("\033[H\033[2J");
        screen.append("\n  ").append(headline).append("\n\n");
        screen.append(String.format("  %-7s %-8s %-6s %-14s %-6s %s%n", "member", "pid", "port", "state", "term", ""));
        for (MemberProcess member : cluster.members()) {
            screen.append("  ").append(row(member, statuses.get(member.id()))).append('\n');
        }
        screen.append("\n  What happened\n");
        happenings
                .subList(Math.max(0, happenings.size() - EVENTS_SHOWN), happenings.size())
                .forEach(happening ->
                        screen.append("  ").append(happening.line()).append('\n'));
        screen.append("\n  Try in another terminal\n");
        hints(statuses).forEach(hint -> screen.append("  ").append(hint).append('\n'));
        screen.append("\n  Data and logs: ").append(cluster.directory()).append("\n  Ctrl-C stops all.\n");
        System.out.print(screen);
        System.out.flush();
    }

    private String row(MemberProcess member, @Nullable MemberStatus status) {
        if (!member.isAlive()) {
            return String.format("%-7s %-8s %-6d %s", member.id(), "-", member.port(), "gone; " + comesBack(member));
        }
        if (status == null) {
            return String.format("%-7s %-8d %-6d %s", member.id(), member.pid(), member.port(), silence(member));
        }
        String lease = status.leaseRemaining() == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        "lease holds for %d ms",
                        status.leaseRemaining().toMillis());
        return String.format(
                "%-7s %-8d %-6d %-14s %-6d %s",
                member.id(),
                member.pid(),
                member.port(),
                status.leader()
                        ? "LEADS"
                        : status.role().toLowerCase(Locale.ROOT).replace('_', '-'),
                status.term(),
                status.leader()
                        ? lease
                        : status.leaderId() == null ? "knows no leader" : "follows " + status.leaderId());
    }

    private static String silence(MemberProcess member) {
        try {
            // The state is the word behind the name in parentheses; T is stopped.
            String stat = Files.readString(Path.of("/proc", Long.toString(member.pid()), "stat"));
            if (stat.startsWith("T", stat.lastIndexOf(')') + 2)) {
                return "paused; kill -CONT " + member.pid() + " wakes it";
            }
        } catch (IOException notLinuxOrGone) {
            // Then it is only known not to answer.
        }
        return "does not answer";
    }

    private static String comesBack(MemberProcess member) {
        Instant ended = member.endedAt();
        Duration left = ended == null ? Duration.ZERO : Duration.between(Instant.now(), ended.plus(RESTART_AFTER));
        return "starts again in " + Math.max(0, left.toSeconds()) + " s";
    }

    private List<String> hints(Map<String, MemberStatus> statuses) {
        MemberProcess target = cluster.members().stream()
                .filter(MemberProcess::isAlive)
                .max(Comparator.comparing(m -> Optional.ofNullable(statuses.get(m.id()))
                        .map(MemberStatus::leader)
                        .orElse(false)))
                .orElse(null);
        if (target == null) {
            return List.of();
        }
        String who = headline(statuses).startsWith(target.id()) ? "the leader" : target.id();
        return List.of(
                String.format("kill -9 %-10d %s crashes", target.pid(), who),
                String.format("kill %-13d %s is stopped and hands over", target.pid(), who),
                String.format(
                        "kill -STOP %-7d %s stands still; kill -CONT %d wakes it", target.pid(), who, target.pid()),
                "curl localhost:" + target.port() + "/actuator/election",
                "curl localhost:" + target.port() + "/ledger?last=5");
    }

    private void restartTheDead() {
        for (MemberProcess member : cluster.members()) {
            Instant ended = member.endedAt();
            if (ended != null && Instant.now().isAfter(ended.plus(RESTART_AFTER)) && !cluster.isStopping()) {
                answered.remove(member.id());
                member.start();
            }
        }
    }
}
