package io.election.sample.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What one process recorded of its leadership in one life; times are {@link System#nanoTime()} of that machine.
 *
 * @param member the member's id
 * @param leaderships the times in which it answered {@code true}, in order
 * @param wakings its first answers after pauses longer than the lease
 * @param events what its listeners were told, in order
 * @param answers how often it had answered when it last wrote that down
 * @param closed whether the application was closed, rather than killed
 */
record Recording(
        String member,
        List<Leadership> leaderships,
        List<Waking> wakings,
        List<Event> events,
        long answers,
        boolean closed) {

    Recording {
        leaderships = List.copyOf(leaderships);
        wakings = List.copyOf(wakings);
        events = List.copyOf(events);
    }

    /** Stands for a token that could not be had, because the leadership was over at once. */
    static final long NO_TOKEN = -1;

    /**
     * A time in which the member answered {@code true} whenever it was asked.
     *
     * @param fromNanos just after the first of these answers
     * @param lastTrueNanos just before the last of them that is known; before {@code fromNanos} where only one is known
     * @param falseNanos just after the first {@code false}, or {@code Long.MAX_VALUE} where none was recorded
     * @param token the fencing token, or {@link #NO_TOKEN}
     */
    record Leadership(long fromNanos, long lastTrueNanos, long falseNanos, long token) {}

    /** The first answer after a pause longer than the lease. */
    record Waking(long atNanos, long pausedNanos, boolean answer) {}

    /** An event as its listener saw it; {@code what} is {@code elected}, {@code stepped-down} or {@code leader-changed}. */
    record Event(long atNanos, String what, long term, String detail) {}

    /**
     * Reads a record; a last line that is not whole is left out.
     *
     * @param member the id of the member that wrote it
     * @param file the record
     * @return what it says
     */
    static Recording read(String member, Path file) {
        try {
            return parse(member, Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new ClusterException("The record " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static Recording parse(String member, String text) {
        Parser parser = new Parser();
        text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(parser::line);
        return parser.recording(member);
    }

    /** When the member first led after {@code nanos}, if it has. */
    OptionalLong firstLedAfter(long nanos) {
        return leaderships.stream()
                .mapToLong(Leadership::fromNanos)
                .filter(from -> from - nanos > 0)
                .findFirst();
    }

    private static final class Parser {

        private final List<Leadership> leaderships = new ArrayList<>();
        private final List<Waking> wakings = new ArrayList<>();
        private final List<Event> events = new ArrayList<>();
        private long answers;
        private boolean closed;

        void line(String line) {
            String[] words = line.split(" ");
            switch (words[0] + (words[0].equals("leader") ? " " + words[1] : "")) {
                case "leader true" -> {
                    long from = Long.parseLong(words[2]);
                    long token = words[3].equals("-") ? NO_TOKEN : Long.parseLong(words[3]);
                    leaderships.add(new Leadership(from, from - 1, Long.MAX_VALUE, token));
                }
                case "still" -> extend(Long.parseLong(words[1]), Long.MAX_VALUE);
                case "leader false" -> extend(Long.parseLong(words[2]), Long.parseLong(words[3]));
                case "woke" ->
                    wakings.add(new Waking(
                            Long.parseLong(words[1]), Long.parseLong(words[2]), Boolean.parseBoolean(words[3])));
                case "elected", "stepped-down", "leader-changed" ->
                    events.add(new Event(Long.parseLong(words[1]), words[0], Long.parseLong(words[2]), words[3]));
                case "asked" -> answers = Long.parseLong(words[2]);
                case "end" -> closed = true;
                default -> throw new ClusterException("A record contains an unknown line: " + line);
            }
        }

        private void extend(long lastTrue, long firstFalse) {
            Leadership last = leaderships.remove(leaderships.size() - 1);
            leaderships.add(new Leadership(last.fromNanos(), lastTrue, firstFalse, last.token()));
        }

        Recording recording(String member) {
            return new Recording(member, leaderships, wakings, events, answers, closed);
        }
    }
}
