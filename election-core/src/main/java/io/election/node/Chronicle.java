package io.election.node;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ElectionOutcome;
import io.election.core.Observation;
import io.election.core.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Tells people what happened: sentences in the log, the history of the endpoint, and the counters of the observers. */
final class Chronicle {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);

    /** Events kept for the endpoint; the oldest go first. */
    private static final int HISTORY = 64;

    /** The same refusal of the same peer is logged at most once in so long. */
    private static final long REPEAT_NANOS = Duration.ofMinutes(1).toNanos();

    private static final int MAX_REPEATS = 1024;

    /** Sentences that wait for a slow log, at most; more are counted and left out. */
    private static final int MAX_WAITING = 1024;

    private final String who;
    private final ThreadPoolExecutor lines;
    private final AtomicLong leftOut = new AtomicLong();
    private volatile long term;
    private final List<NodeObserver> observers;
    private final Deque<NodeStatus.HistoryEntry> history = new ArrayDeque<>();
    private final Map<String, Long> loggedAtNanos = new TreeMap<>();
    private volatile @Nullable PeerWatch peers;

    Chronicle(String cluster, String nodeId, List<NodeObserver> observers) {
        this.who = "Member '" + nodeId + "' of cluster '" + cluster + "'";
        this.observers = List.copyOf(observers);
        // A log that blocks, on a full pipe or a disk that hangs, must not block the loop.
        this.lines = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING),
                line -> {
                    Thread thread = new Thread(line, "election-" + cluster + "-" + nodeId + "-log");
                    thread.setDaemon(true);
                    return thread;
                },
                (line, full) -> leftOut.incrementAndGet());
        lines.allowCoreThreadTimeOut(true);
    }

    private void say(Level level, String sentence, @Nullable Object... arguments) {
        if (!logger.isEnabledForLevel(level)) {
            return;
        }
        aside(() -> {
            try {
                logger.atLevel(level).log(sentence, arguments);
            } catch (OutOfMemoryError noMemory) {
                leftOut();
            }
            long missing = leftOut.getAndSet(0);
            if (missing > 0) {
                logger.warn(
                        "{} could not log {} sentences, because the log was too slow, or memory too short.",
                        who,
                        missing);
            }
        });
    }

    /** Sets who knows more of the peers than the election observes. */
    void peers(PeerWatch watch) {
        peers = watch;
    }

    /** Says a sentence whose subject is this member. */
    void note(Level level, String predicate, @Nullable Object... arguments) {
        @Nullable Object[] all = new @Nullable Object[arguments.length + 1];
        all[0] = who;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        say(level, "{} " + predicate, all);
    }

    /** Keeps an event of the current term for the endpoint. */
    void event(String what, String reason) {
        remember(term, what, reason);
    }

    /** A sentence could not be said, or a message not sent, for lack of memory; needs none. */
    void leftOut() {
        leftOut.incrementAndGet();
    }

    /** Does work that may log, without holding the caller up. */
    void aside(Runnable work) {
        try {
            lines.execute(work);
        } catch (OutOfMemoryError noMemory) {
            leftOut();
        }
    }

    /** Waits until all that was said so far is in the log, for at most so long. */
    void flush(Duration atMost) throws InterruptedException {
        CountDownLatch written = new CountDownLatch(1);
        lines.execute(written::countDown);
        if (!written.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            leftOut.incrementAndGet();
        }
    }

    List<NodeStatus.HistoryEntry> history() {
        synchronized (history) {
            return List.copyOf(history);
        }
    }

    private void remember(long term, String what, @Nullable String reason) {
        synchronized (history) {
            if (history.size() == HISTORY) {
                history.removeFirst();
            }
            history.add(new NodeStatus.HistoryEntry(Instant.now(), term, what, reason));
        }
    }

    void started(long inTerm, @Nullable String votedFor) {
        term = inTerm;
        say(
                Level.INFO,
                "{} has started in term {}{}.",
                who,
                inTerm,
                votedFor == null ? "" : ", in which it voted for '" + votedFor + "'");
        remember(inTerm, "started", null);
    }

    void notReady(String holding, String advice) {
        say(
                Level.WARN,
                "{} votes, but does not stand for election, and its listeners are told nothing, because its application is"
                        + " not ready: {}. {}",
                who,
                holding,
                advice);
        remember(term, "not-ready", holding);
    }

    void readyAfterAll() {
        say(Level.INFO, "{} stands for election from now on: its application is ready.", who);
        remember(term, "ready", null);
    }

    void stopped(long term) {
        say(Level.INFO, "{} has stopped.", who);
        remember(term, "stopped", null);
    }

    void elected(long term, long token) {
        say(Level.INFO, "{} leads now, in term {} with fencing token {}.", who, term, token);
        remember(term, "elected", null);
    }

    void steppedDown(long term, StepDownReason reason) {
        String why = switch (reason) {
            case HIGHER_TERM -> "another member is in a higher term";
            case LEASE_LOST -> "too few members acknowledged its heartbeats in time";
            case CLOCK_JUMPED ->
                "the wall clock jumped ahead, because it was set or the machine was suspended, so its lease could not be"
                        + " relied on any longer";
            case OPENING_NOT_COMMITTED -> "the entry that opens the term did not reach a quorum in time";
            case STORAGE_FAILED -> "its journal failed";
            case TWO_LEADERS -> "another leader was seen in the same term";
            case REQUESTED -> "it was asked to step down";
            case HANDED_OVER -> "it hands its leadership over";
            case SHUTDOWN -> "it is shutting down";
            case INTERNAL_ERROR -> "its election came to an end";
        };
        boolean planned = reason == StepDownReason.REQUESTED
                || reason == StepDownReason.HANDED_OVER
                || reason == StepDownReason.SHUTDOWN;
        String sentence = "{} leads no longer: {}. That was term {}.";
        if (planned) {
            say(Level.INFO, sentence, who, why, term);
        } else {
            say(Level.WARN, sentence, who, why, term);
        }
        remember(term, "stepped-down", dashed(reason.name()));
    }

    void workOutOfTime(long term, int left) {
        say(
                Level.WARN,
                "{} waits no longer for what was done under its leadership of term {}: {} listeners or pieces of work still"
                        + " run, and another member may lead now.",
                who,
                term,
                left);
    }

    void leaderChanged(long term, @Nullable String leader, String nodeId) {
        if (leader == null) {
            say(Level.INFO, "{} knows no leader any longer, in term {}.", who, term);
        } else if (!leader.equals(nodeId)) {
            say(Level.INFO, "{} follows '{}' in term {}.", who, leader, term);
        }
        remember(term, leader == null ? "leader-unknown" : "leader-known", leader);
    }

    void observed(Observation observation) {
        if (observation instanceof Observation.RoleChanged change) {
            if (change.from() != change.to()) {
                say(
                        Level.DEBUG,
                        "{} goes from {} to {} in term {}: {}.",
                        who,
                        name(change.from()),
                        name(change.to()),
                        change.term(),
                        change.reason());
            }
        } else if (observation instanceof Observation.RoundEnded round) {
            roundEnded(round);
        } else if (observation instanceof Observation.VoteDecided vote) {
            Refusal refusal = vote.refusal();
            String reason = refusal == null ? "none" : dashed(refusal.reason().name());
            String phase = dashed(vote.phase().name());
            count(o -> o.voteDecided(phase, refusal == null, reason));
            say(
                    Level.DEBUG,
                    "{} {} '{}' its {} for term {}{}.",
                    who,
                    refusal == null ? "grants" : "refuses",
                    vote.candidate(),
                    phase,
                    vote.term(),
                    refusal == null ? "" : ": " + describe(refusal));
        } else if (observation instanceof Observation.HeartbeatAcknowledged ack) {
            count(o -> o.heartbeatAcknowledged(ack.member(), ack.roundTrip()));
        } else {
            tell(observation);
        }
    }

    private void roundEnded(Observation.RoundEnded round) {
        String outcome = dashed(round.outcome().name());
        count(o -> o.roundEnded(outcome));
        String said = answers(round);
        if (round.outcome() == ElectionOutcome.NOT_ELECTABLE) {
            say(Level.INFO, "{} does not stand: {}.", who, round.detail());
        } else if (round.outcome() == ElectionOutcome.ELECTED) {
            say(
                    Level.INFO,
                    "{} was elected in term {} with {} of {} votes needed.",
                    who,
                    round.term(),
                    round.votes().size(),
                    round.needed());
        } else if (oncePerWhile("round " + outcome)) {
            say(
                    Level.INFO,
                    "{} was not elected in term {}: {} of {} votes needed; {}{}.",
                    who,
                    round.term(),
                    round.votes().size(),
                    round.needed(),
                    round.detail(),
                    said);
        }
        if (round.outcome() != ElectionOutcome.PRE_VOTE_FAILED && round.outcome() != ElectionOutcome.TIMED_OUT) {
            remember(round.term(), "election-" + outcome, round.detail());
        }
    }

    /** Who refused, and who was not reached, and why; empty if nobody. */
    private String answers(Observation.RoundEnded round) {
        Map<String, String> answers = new TreeMap<>();
        round.refusals().forEach((voter, refusal) -> answers.put(voter, describe(refusal)));
        PeerWatch watch = peers;
        if (watch != null) {
            Set<String> answered = new HashSet<>(round.votes());
            answered.addAll(round.refusals().keySet());
            watch.failures(answered).forEach((voter, failure) -> answers.put(voter, "not reached, " + failure));
        }
        return answers.isEmpty()
                ? ""
                : answers.entrySet().stream()
                        .map(e -> "'" + e.getKey() + "': " + e.getValue())
                        .collect(Collectors.joining(", ", " (", ")"));
    }

    private void tell(Observation observation) {
        if (observation instanceof Observation.Founded founded) {
            say(
                    Level.INFO,
                    "{} has founded the cluster: id {}, generation {}.",
                    who,
                    founded.membership().clusterId(),
                    founded.membership().generation());
            remember(1, "founded", founded.membership().clusterId());
        } else if (observation instanceof Observation.LetIn letIn) {
            say(
                    Level.WARN,
                    "{} lets '{}' in again, whose durable memory is new (incarnation {}). If nobody removed its directory,"
                            + " find out why it is gone.",
                    who,
                    letIn.member(),
                    letIn.incarnation());
            remember(term, "let-in", letIn.member());
        } else if (observation instanceof Observation.TermLeapt leap) {
            say(
                    Level.WARN,
                    "{} went from term {} to term {} at once: {}. No cluster holds so many elections: a member lies, or its"
                            + " memory is damaged. Terms end at 2^40.",
                    who,
                    leap.from(),
                    leap.to(),
                    leap.reason());
            remember(leap.to(), "term-leapt", leap.reason());
        } else if (observation instanceof Observation.RequestRefused refused) {
            if (oncePerWhile("request " + refused.from() + refused.refusal().reason())) {
                say(
                        Level.WARN,
                        "{} refuses {} messages of '{}': {}.",
                        who,
                        refused.request(),
                        refused.from(),
                        describe(refused.refusal()));
            }
        } else if (observation instanceof Observation.ListDiffers differs) {
            PeerWatch watch = peers;
            if (watch != null) {
                watch.listDiffers(differs.member());
            }
        } else if (observation instanceof Observation.TwoLeaders two) {
            say(
                    Level.ERROR,
                    "{} has seen two leaders in term {}: '{}' and '{}'. This must never happen. Both step down. Check"
                            + " whether a directory was rolled back to an older copy, or two processes share an id.",
                    who,
                    two.term(),
                    two.one(),
                    two.other());
            remember(two.term(), "two-leaders", two.one() + ", " + two.other());
        } else if (observation instanceof Observation.StorageFailed failed) {
            say(
                    Level.ERROR,
                    "{} can no longer write to its journal: {}. It neither votes nor leads until it is restarted on a sound"
                            + " disk.",
                    who,
                    failed.detail());
            remember(term, "storage-failed", failed.detail());
        } else if (observation instanceof Observation.TransferProgress progress) {
            say(Level.DEBUG, "{} hands over: '{}' {}.", who, progress.successor(), progress.what());
            remember(term, "handover", progress.successor() + " " + progress.what());
        }
    }

    /** Grave is a pause that may cost a leadership; of the others one in a while is told. */
    void stalled(Duration length, String what, boolean grave) {
        if (grave || oncePerWhile("stalled")) {
            say(
                    grave ? Level.WARN : Level.INFO,
                    "{} stood still for {} ms: {}.{}",
                    who,
                    length.toMillis(),
                    what,
                    grave ? " A pause as long as the lease costs the leadership." : "");
        }
        if (grave) {
            remember(term, "stalled", length.toString());
        }
        count(o -> o.stalled(length));
    }

    void listenerFailed() {
        count(NodeObserver::listenerFailed);
    }

    void termChanged(long newTerm) {
        term = newTerm;
        count(NodeObserver::termChanged);
    }

    /** The member takes no part any more; {@code what} of it came to its end. */
    void failed(String what, Throwable cause) {
        say(
                Level.ERROR,
                cause instanceof OutOfMemoryError
                        ? "{} takes no part any more until its process is restarted: {} ran out of memory. Give it more,"
                                + " and let a process without any end at once: -XX:+ExitOnOutOfMemoryError."
                        : "{} takes no part any more until its process is restarted: {} failed in a way that must never"
                                + " happen.",
                who,
                what,
                cause);
        remember(term, "failed", what + ": " + cause);
    }

    /** The wall clock went ahead of the monotonic one, or behind. */
    void clockJumped(Duration ahead) {
        say(
                Level.WARN,
                "{} saw the wall clock jump by {} ms against the monotonic clock: it was set, or the machine was suspended."
                        + " A jump ahead by as much as the lease costs the leadership.",
                who,
                ahead.toMillis());
        remember(term, "clock-jumped", ahead.toString());
    }

    /** A meter that fails must not end a leadership. */
    private void count(Consumer<NodeObserver> change) {
        for (NodeObserver observer : observers) {
            try {
                change.accept(observer);
            } catch (OutOfMemoryError noMemory) {
                leftOut();
            } catch (RuntimeException e) {
                if (oncePerWhile("observer " + observer.getClass().getName())) {
                    say(Level.WARN, "{} could not count with {}: {}.", who, observer, String.valueOf(e));
                }
            }
        }
    }

    private boolean oncePerWhile(String key) {
        long now = System.nanoTime();
        synchronized (loggedAtNanos) {
            Long before = loggedAtNanos.get(key);
            if (before != null && now - before < REPEAT_NANOS) {
                return false;
            }
            if (loggedAtNanos.size() >= MAX_REPEATS) {
                loggedAtNanos.clear();
            }
            loggedAtNanos.put(key, now);
            return true;
        }
    }

    private static String describe(Refusal refusal) {
        StringBuilder said = new StringBuilder(dashed(refusal.reason().name()).replace('-', ' '));
        if (refusal.boundFor() != null) {
            said.append(" for ").append(refusal.boundFor().toMillis()).append(" ms");
        }
        if (refusal.position() != null) {
            said.append(" at ")
                    .append(refusal.position().term())
                    .append('/')
                    .append(refusal.position().index());
        }
        if (refusal.member() != null) {
            said.append(" (").append(refusal.member()).append(')');
        }
        return said.toString();
    }

    static String dashed(String enumName) {
        return enumName.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String name(Role role) {
        return dashed(role.name());
    }
}
