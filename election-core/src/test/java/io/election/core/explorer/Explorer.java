package io.election.core.explorer;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Explores a scope breadth first: every state that a schedule of one action leads to, then of two, and so on. A state
 * that equals an earlier one is not followed again. So the first violation that is found has a shortest schedule.
 *
 * <p>The states of one depth are followed by all processors. What they lead to is put together in a fixed order, so the
 * result is always the same.
 */
final class Explorer {

    /** The highest number of states, if no other is given. */
    static final int MOST_STATES = 50_000_000;

    private final Scope scope;
    private final PlantedDefect planted;
    private final int mostStates;
    private final Duration longest;
    private final SeenStates seen = new SeenStates();
    private final List<int[]> parents = new ArrayList<>();
    private final List<short[]> actions = new ArrayList<>();

    /**
     * What was found.
     *
     * @param scope the scope
     * @param states the number of different states, the first included
     * @param transitions the number of steps that were taken
     * @param depth the length of the longest schedule that was followed to its end
     * @param isExhausted whether no state was left to follow, within the bounds other than the depth
     * @param isCut whether time, memory or the number of states ended it
     * @param beyondTheTerm the states that the bound on terms kept from being followed
     * @param beyondTheMessages the steps that the bound on messages kept from being taken
     * @param memberStates the number of different states of single members
     * @param seconds the processor time that the whole process used meanwhile
     * @param violation what went wrong, and the schedule, or {@code null}
     */
    record Result(
            Scope scope,
            int states,
            long transitions,
            int depth,
            boolean isExhausted,
            boolean isCut,
            int beyondTheTerm,
            long beyondTheMessages,
            int memberStates,
            double seconds,
            @Nullable Counterexample violation) {

        @Override
        public String toString() {
            return String.format(
                    "%s: %,d states, %,d transitions, depth %d%s, %,d states beyond the term, %,d steps beyond the messages,"
                            + " %,d member states, %.1f s of processor time%s",
                    scope,
                    states,
                    transitions,
                    depth,
                    isExhausted ? ", exhausted" : isCut ? ", ended by time, memory or the number of states" : "",
                    beyondTheTerm,
                    beyondTheMessages,
                    memberStates,
                    seconds,
                    violation == null ? "" : "\n" + violation);
        }
    }

    private record Found(World world, StateKey key, int parent, short action) {}

    private record Wrong(int parent, short action, String what) {}

    /** What some neighbouring states of one depth lead to. */
    private static final class Part {
        private final List<Found> found = new ArrayList<>();
        private @Nullable Wrong wrong;
        private long transitions;
        private int beyondTheTerm;
        private long beyondTheMessages;
    }

    /**
     * Creates an explorer for one scope.
     *
     * @param mostStates no further depth is begun with more states than this
     * @param longest no further depth is begun after this time, or with too little memory
     */
    Explorer(Scope scope, PlantedDefect planted, int mostStates, Duration longest) {
        this.scope = scope;
        this.planted = planted;
        this.mostStates = mostStates;
        this.longest = longest;
    }

    static Result explore(Scope scope) {
        return explore(scope, PlantedDefect.NONE);
    }

    static Result explore(Scope scope, PlantedDefect planted) {
        return new Explorer(scope, planted, MOST_STATES, Duration.ofHours(1)).run();
    }

    Result run() {
        long began = processorNanos();
        Locals locals = new Locals(List.of("a", "b", "c"));
        World start;
        try {
            start = scope.start(planted, locals);
        } catch (Scope.BeginsWrong wrong) {
            return new Result(
                    scope, 0, 0, 0, false, false, 0, 0, 0, 0, new Counterexample(wrong.getMessage(), List.of()));
        }
        seen.add(start.key());
        World[] frontier = {start};
        long transitions = 0;
        long beyondTheMessages = 0;
        int beyondTheTerm = 0;
        int depth = 0;
        boolean isCut = false;
        int memberStates = 0;
        Counterexample violation = null;
        long beganAt = System.nanoTime();
        while (depth < scope.bounds().depth() && frontier.length > 0) {
            if (seen.size() >= mostStates || System.nanoTime() - beganAt > longest.toNanos() || isShortOfMemory()) {
                isCut = true;
                break;
            }
            World[] current = frontier;
            int parts = Math.max(1, Math.min(current.length / 64, 512));
            Part[] done = new Part[parts];
            ForkJoinPool.commonPool()
                    .submit(() -> IntStream.range(0, parts)
                            .parallel()
                            .forEach(p -> done[p] = follow(current, (int) ((long) current.length * p / parts), (int)
                                    ((long) current.length * (p + 1) / parts))))
                    .join();
            List<World> next = new ArrayList<>();
            int[] parent = new int[1024];
            short[] action = new short[1024];
            Wrong wrong = null;
            for (Part part : done) {
                transitions += part.transitions;
                beyondTheTerm += part.beyondTheTerm;
                beyondTheMessages += part.beyondTheMessages;
                wrong = wrong == null ? part.wrong : wrong;
                for (Found found : part.found) {
                    if (seen.add(found.key())) {
                        if (next.size() == parent.length) {
                            parent = Arrays.copyOf(parent, 2 * next.size());
                            action = Arrays.copyOf(action, 2 * next.size());
                        }
                        parent[next.size()] = found.parent();
                        action[next.size()] = found.action();
                        next.add(found.world());
                    }
                }
            }
            depth++;
            if (wrong != null) {
                violation = counterexample(wrong, depth);
                break;
            }
            parents.add(Arrays.copyOf(parent, next.size()));
            actions.add(Arrays.copyOf(action, next.size()));
            frontier = next.toArray(World[]::new);
            memberStates = locals.size();
        }
        return new Result(
                scope,
                seen.size(),
                transitions,
                depth,
                frontier.length == 0,
                isCut,
                beyondTheTerm,
                beyondTheMessages,
                memberStates,
                (processorNanos() - began) / 1e9,
                violation);
    }

    /** The next depth may have several times the states of this one. */
    private static boolean isShortOfMemory() {
        Runtime runtime = Runtime.getRuntime();
        long used = runtime.totalMemory() - runtime.freeMemory();
        if (used < runtime.maxMemory() / 4) {
            return false;
        }
        System.gc();
        return runtime.totalMemory() - runtime.freeMemory() > runtime.maxMemory() / 4;
    }

    private static long processorNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : System.nanoTime();
    }

    private Part follow(World[] frontier, int from, int to) {
        Part part = new Part();
        for (int i = from; i < to; i++) {
            World world = frontier[i];
            if (world.isBeyond(scope.bounds().term())) {
                part.beyondTheTerm++;
                continue;
            }
            List<Action> possible = world.actions();
            for (short a = 0; a < possible.size(); a++) {
                part.transitions++;
                World.Outcome outcome = world.after(possible.get(a));
                if (outcome instanceof World.Outcome.Next next) {
                    StateKey key = next.world().key();
                    if (!seen.contains(key)) {
                        part.found.add(new Found(next.world(), key, i, a));
                    }
                } else if (outcome instanceof World.Outcome.Violation violation) {
                    if (part.wrong == null) {
                        part.wrong = new Wrong(i, a, violation.what());
                    }
                } else {
                    part.beyondTheMessages++;
                }
            }
        }
        return part;
    }

    private Counterexample counterexample(Wrong wrong, int depth) {
        short[] path = new short[depth];
        path[depth - 1] = wrong.action();
        int at = wrong.parent();
        for (int d = depth - 2; d >= 0; d--) {
            path[d] = actions.get(d)[at];
            at = parents.get(d)[at];
        }
        return Counterexample.of(scope.start(planted, new Locals(List.of("a", "b", "c"))), path, wrong.what());
    }
}
