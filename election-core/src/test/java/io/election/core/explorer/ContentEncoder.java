package io.election.core.explorer;

import io.election.core.Bytes;
import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import io.election.core.Message;
import io.election.core.Request;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the content of an object as {@link Tokens}. The object's fields are found by reflection. What a field means is
 * told by its name, as the core's naming rule has it: what ends in {@code Nanos} is an instant of the monotonic clock,
 * unless it is one of {@link #LENGTHS}. A field whose meaning is not known here counts as it is. Then fewer states are
 * equal than could be, and none is lost.
 */
final class ContentEncoder {

    /** These are lengths of time, not instants. */
    private static final Set<String> LENGTHS = Set.of(
            "timeoutNanos",
            "heartbeatNanos",
            "stepNanos",
            "voteWriteNanos",
            "roundTripNanos",
            "lookNanos",
            "intervalNanos",
            "patienceNanos",
            "forgottenAfterNanos",
            "freshNanos");

    /** Ids of this member's own requests. */
    private static final Set<String> OWN_REQUESTS = Set.of(
            "nextRequestId",
            "firstRequest",
            "latestOfIncarnation",
            "acknowledgedRequest",
            "timeoutNowRequest",
            "request",
            "requests");

    /** Numbers of writes. They matter only relative to the latest write that is durable. */
    private static final Set<String> WRITES =
            Set.of("nextWrite", "durableWrite", "hardStateWrite", "logWrite", "ownVoteWrite", "write", "afterWrite");

    /**
     * What no decision depends on: constants, what is only shown to people, what each step sets anew, and the oracle's
     * notes of one step.
     */
    private static final Set<String> LEFT_OUT = Set.of(
            "ElectionSettings",
            "KnownLeader.lastContactNanos",
            "KnownLeader.everKnown",
            "Peer.roundTripNanos",
            "Elector.lastNotElectable",
            "Elector.random",
            "Roles.random",
            "Roles.lastEnd",
            "Configuration.said",
            "Configuration.otherLists",
            "Configuration.voters",
            "Configuration.votersOf",
            "Outbox.effects",
            "Outbox.records",
            "Outbox.persistAt",
            "Outbox.now",
            "Outbox.wakeAt",
            "ExploredMember.left",
            "ExploredMember.noted",
            "Send.exchange",
            "Reply.exchange");

    private final Tokens tokens = new Tokens();
    private final IdentityHashMap<Object, Integer> seen = new IdentityHashMap<>(128);
    private final List<String> members;
    private final int owner;
    private final long nowNanos;
    private final long durableWrite;

    private ContentEncoder(List<String> members, int owner, long nowNanos, long durableWrite) {
        this.members = members;
        this.owner = owner;
        this.nowNanos = nowNanos;
        this.durableWrite = durableWrite;
    }

    /**
     * The content of a member.
     *
     * @param members the ids of all members
     * @param owner the index of this member
     * @param nowNanos its present
     * @param durableWrite the latest of its writes that is durable
     */
    static Tokens of(Object member, List<String> members, int owner, long nowNanos, long durableWrite) {
        ContentEncoder encoder = new ContentEncoder(members, owner, nowNanos, durableWrite);
        encoder.write("", member);
        return encoder.tokens.done();
    }

    /** The content of something that has neither instants nor writes, such as a message. */
    static Tokens of(Object content, List<String> members) {
        return of(content, members, 0, 0, 0);
    }

    private void plain(long value) {
        tokens.add(Tokens.PLAIN, value);
    }

    private void write(String name, Object value) {
        if (value == null) {
            plain(-1);
        } else if (value instanceof Long number) {
            writeLong(name, number);
        } else if (value instanceof String text) {
            plain(hash(text));
        } else if (value instanceof Enum<?> constant) {
            plain(constant.ordinal() + 1);
        } else if (value instanceof Boolean flag) {
            plain(flag ? 1 : 0);
        } else if (value instanceof Integer number) {
            plain(number);
        } else if (value instanceof Double number) {
            plain(Double.doubleToLongBits(number));
        } else if (value instanceof Duration duration) {
            plain(duration.toNanos());
        } else if (value instanceof Bytes bytes) {
            plain(bytes.hashCode());
        } else if (value instanceof ClockReading reading) {
            // Both clocks run alike here.
            tokens.add(Tokens.INSTANT, reading.monotonicNanos() - nowNanos);
        } else if (value instanceof Map<?, ?> map) {
            writeMap(name, map);
        } else if (value instanceof Collection<?> collection) {
            writeCollection(name, collection);
        } else if (value instanceof Message message) {
            writeMessage(message);
        } else if (ObjectShape.isOurs(value.getClass())) {
            writeObject(value);
        } else {
            throw new IllegalStateException("it is not known what the content of a " + value.getClass() + " is");
        }
    }

    private void writeLong(String name, long value) {
        if (OWN_REQUESTS.contains(name)) {
            tokens.add((byte) (Tokens.REQUEST + owner), value);
        } else if (WRITES.contains(name)) {
            plain(Math.max(0, value - durableWrite));
        } else if (name.endsWith("Nanos") && !LENGTHS.contains(name)) {
            tokens.add(Tokens.INSTANT, value - nowNanos);
        } else {
            plain(value);
        }
    }

    private void writeObject(Object value) {
        Class<?> type = value.getClass();
        if (value instanceof ElectionSettings) {
            return;
        }
        if (!type.isRecord()) {
            Integer before = seen.get(value);
            if (before != null) {
                plain(before);
                return;
            }
            seen.put(value, 1_000_000 + seen.size());
        }
        String kind = type.getSimpleName();
        plain(hash(kind));
        for (Field field : ObjectShape.of(type).fields()) {
            String name = field.getName();
            try {
                if (field.getType() == long.class) {
                    if (!LENGTHS.contains(name) && !LEFT_OUT.contains(kind + '.' + name)
                            || name.equals("stepNanos")
                            || name.equals("voteWriteNanos")) {
                        writeLong(name, field.getLong(value));
                    }
                } else if (!LEFT_OUT.contains(kind + '.' + name)) {
                    write(name, field.get(value));
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void writeMessage(Message message) {
        // The core itself compares the ids of requests only with those of the same member.
        int asker = members.indexOf(
                message instanceof Request
                        ? message.header().from()
                        : message.header().to());
        plain(hash(message.getClass().getSimpleName()));
        tokens.add((byte) (Tokens.REQUEST + asker), message.header().requestId());
        writeFields(message);
    }

    /** The content of a message without its request's id. */
    private void writeFields(Message message) {
        for (Field field : ObjectShape.of(message.getClass()).fields()) {
            try {
                Object value = field.get(message);
                if (field.getName().equals("header")) {
                    plain(hash(message.header().from()));
                    plain(hash(message.header().to()));
                    plain(hash(message.header().fromIncarnation()));
                    write("", message.header().toIncarnation());
                    write("", message.header().clusterId());
                    plain(message.header().settled() ? 1 : 0);
                } else {
                    write(field.getName(), value);
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void writeMap(String name, Map<?, ?> map) {
        List<Object> keys = new ArrayList<>(map.keySet());
        keys.sort(null);
        plain(name.equals("outstanding") ? 0 : keys.size());
        for (Object key : keys) {
            Object value = map.get(key);
            if (name.equals("outstanding")) {
                // A request that nobody can answer any more changes nothing.
                tokens.beginPart(owner, (Long) key);
                writeOutstanding(value);
                tokens.endPart();
                continue;
            }
            if (name.equals("held")) {
                plain(Math.max(0, (Long) key - durableWrite));
            } else {
                write("", key);
            }
            write(name, value);
        }
    }

    private void writeOutstanding(Object outstanding) {
        for (Field field : ObjectShape.of(outstanding.getClass()).fields()) {
            try {
                Object value = field.get(outstanding);
                if (value instanceof Message message) {
                    plain(hash(message.getClass().getSimpleName()));
                    writeFields(message);
                } else {
                    write(field.getName(), value);
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void writeCollection(String name, Collection<?> collection) {
        boolean requests = name.equals("requests");
        plain(requests ? 0 : collection.size());
        List<Object> elements = new ArrayList<>(collection);
        if (collection instanceof Set<?>) {
            elements.sort(null);
        }
        for (Object element : elements) {
            if (requests) {
                tokens.beginPart(owner, (Long) element);
                tokens.endPart();
            } else {
                write(name, element);
            }
        }
    }

    /** Sixty-four bits of a text. */
    static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash ^ (hash >>> 29);
    }
}
