package io.election.sample.cluster;

import io.election.history.Life;
import io.election.history.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What one process recorded of its leadership in one life; times are {@link System#nanoTime()} of that machine.
 *
 * @param member the member's id
 * @param leaderships the times in which it answered {@code true}, in order
 * @param wakings its first answers after pauses longer than the lease
 * @param events what its listeners were told, in order
 * @param uses what was done under its leaderships, by whoever records that as well
 * @param answers how often it had answered when it last wrote that down
 * @param closed whether the application was closed, rather than killed
 */
record Recording(
        String member,
        List<Leadership> leaderships,
        List<Waking> wakings,
        List<Event> events,
        List<Use> uses,
        long answers,
        boolean closed) {

    Recording {
        leaderships = List.copyOf(leaderships);
        wakings = List.copyOf(wakings);
        events = List.copyOf(events);
        uses = List.copyOf(uses);
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
    record Event(long atNanos, String what, long term, String detail) {

        Operation operation(Life life) {
            return switch (what) {
                case "elected" -> new Operation.Elected(life, atNanos, term, Long.parseLong(detail));
                case "stepped-down" -> new Operation.SteppedDown(life, atNanos, term, detail);
                default -> new Operation.LeaderChanged(life, atNanos, term, detail.equals("-") ? null : detail);
            };
        }
    }

    /**
     * Something that was done under a leadership.
     *
     * @param what {@code confirm}, {@code write} or {@code read}
     * @param askedNanos just before it was asked for
     * @param answeredNanos just after it was answered, or {@code Long.MAX_VALUE} where it never was
     * @param token under which it was done, or what was read had been written; {@link #NO_TOKEN} for none
     * @param value what was written or read
     * @param granted whether it was confirmed, or the write was accepted
     */
    record Use(String what, long askedNanos, long answeredNanos, long token, long value, boolean granted) {

        private static final String RESOURCE = "the members' file";

        Operation operation(Life life) {
            boolean answered = answeredNanos != Long.MAX_VALUE;
            return switch (what) {
                case "confirm" -> new Operation.Confirmation(life, askedNanos, answeredNanos, granted, token);
                case "read" -> new Operation.GuardedRead(life, askedNanos, answeredNanos, RESOURCE, token, value);
                default ->
                    new Operation.GuardedWrite(
                            life,
                            askedNanos,
                            answered ? answeredNanos : Operation.UNANSWERED,
                            RESOURCE,
                            token,
                            value,
                            !answered
                                    ? Operation.Outcome.UNKNOWN
                                    : granted ? Operation.Outcome.ACCEPTED : Operation.Outcome.REFUSED);
            };
        }
    }

    /**
     * The recording as the checker takes it.
     *
     * @param number which of its member's lives it is, from 1
     * @return what the users of that life saw, in order
     */
    List<Operation> history(int number) {
        Life life = new Life(member, number);
        List<Operation> history = new ArrayList<>();
        long lastFalse = Operation.UNKNOWN;
        for (Leadership leadership : leaderships) {
            history.addAll(answers(life, leadership, lastFalse));
            lastFalse = leadership.falseNanos();
        }
        wakings.forEach(w -> history.add(new Operation.StoodStill(life, w.atNanos() - w.pausedNanos(), w.atNanos())));
        events.forEach(event -> history.add(event.operation(life)));
        uses.forEach(use -> history.add(use.operation(life)));
        if (closed) {
            history.add(new Operation.Closed(
                    life, events.stream().mapToLong(Event::atNanos).max().orElse(Operation.UNKNOWN)));
        }
        return history;
    }

    private static List<Operation> answers(Life life, Leadership leadership, long lastFalse) {
        List<Operation> answers = new ArrayList<>();
        long token = leadership.token() == NO_TOKEN ? Operation.NO_TOKEN : leadership.token();
        boolean ended = leadership.falseNanos() != Long.MAX_VALUE;
        boolean single = leadership.lastTrueNanos() < leadership.fromNanos();
        // When the first true answer was asked for is on record only if it is the last one as well.
        answers.add(new Operation.Answer(
                life, single && ended ? leadership.lastTrueNanos() : lastFalse, leadership.fromNanos(), true, token));
        if (!single) {
            answers.add(new Operation.Answer(life, leadership.lastTrueNanos(), leadership.falseNanos(), true, token));
        }
        if (ended) {
            answers.add(new Operation.Answer(
                    life, leadership.lastTrueNanos(), leadership.falseNanos(), false, Operation.NO_TOKEN));
        }
        return answers;
    }

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
        private final List<Use> uses = new ArrayList<>();
        private final Map<Long, Use> writes = new LinkedHashMap<>();
        private long answers;
        private boolean closed;

        void line(String line) {
            String[] words = line.split(" ");
            switch (words[0] + (words[0].equals("leader") ? " " + words[1] : "")) {
                case "leader true" -> {
                    long from = Long.parseLong(words[2]);
                    leaderships.add(new Leadership(from, from - 1, Long.MAX_VALUE, token(words[3])));
                }
                case "still" -> extend(Long.parseLong(words[1]), Long.MAX_VALUE);
                case "leader false" -> extend(Long.parseLong(words[2]), Long.parseLong(words[3]));
                case "woke" ->
                    wakings.add(new Waking(
                            Long.parseLong(words[1]), Long.parseLong(words[2]), Boolean.parseBoolean(words[3])));
                case "elected", "stepped-down", "leader-changed" ->
                    events.add(new Event(Long.parseLong(words[1]), words[0], Long.parseLong(words[2]), words[3]));
                case "confirmed", "not-confirmed" ->
                    uses.add(new Use(
                            "confirm",
                            Long.parseLong(words[1]),
                            Long.parseLong(words[2]),
                            token(words[3]),
                            0,
                            words[0].equals("confirmed")));
                case "writes" -> {
                    long value = Long.parseLong(words[3]);
                    writes.put(
                            value,
                            new Use("write", Long.parseLong(words[1]), Long.MAX_VALUE, token(words[2]), value, false));
                }
                case "accepted", "refused" -> answered(words);
                case "read" ->
                    uses.add(new Use(
                            "read",
                            Long.parseLong(words[1]),
                            Long.parseLong(words[2]),
                            token(words[3]),
                            Long.parseLong(words[4]),
                            true));
                case "asked" -> answers = Long.parseLong(words[2]);
                case "end" -> closed = true;
                default -> throw new ClusterException("A record contains an unknown line: " + line);
            }
        }

        private static long token(String word) {
            return word.equals("-") ? NO_TOKEN : Long.parseLong(word);
        }

        private void answered(String[] words) {
            Use asked = writes.remove(Long.parseLong(words[2]));
            if (asked == null) {
                throw new ClusterException(
                        "A record contains an answer to a write that it does not contain: " + String.join(" ", words));
            }
            uses.add(new Use(
                    "write",
                    asked.askedNanos(),
                    Long.parseLong(words[1]),
                    asked.token(),
                    asked.value(),
                    words[0].equals("accepted")));
        }

        private void extend(long lastTrue, long firstFalse) {
            Leadership last = leaderships.remove(leaderships.size() - 1);
            leaderships.add(new Leadership(last.fromNanos(), lastTrue, firstFalse, last.token()));
        }

        Recording recording(String member) {
            // What was never answered may still have been written.
            uses.addAll(writes.values());
            return new Recording(member, leaderships, wakings, events, uses, answers, closed);
        }
    }
}
