package io.election.machine;

import io.election.FencingToken;
import io.election.core.Bytes;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A log of committed entries, as tests write it: the next entry follows the last one. */
final class Entries {

    static final String CLUSTER = "00007-0123456789abcdef";
    static final long GENERATION = 1_900_000_000L;

    private final List<Entry> all = new ArrayList<>();
    private long term = 1;

    /** Begins with the founding by a, b and c, in term 1. */
    Entries() {
        append(new Payload.TermOpening("a", null, members("a", "b", "c")));
    }

    static Membership members(String... ids) {
        return new Membership(
                CLUSTER,
                GENERATION,
                Stream.of(ids)
                        .map(id -> new EnrolledMember(id, MemberKind.DATA, "memory-of-" + id, 1))
                        .toList());
    }

    static FencingToken token(long term) {
        return members("a").token(term);
    }

    List<Entry> all() {
        return List.copyOf(all);
    }

    long term() {
        return term;
    }

    Entry append(Payload payload) {
        Entry entry = new Entry(all.size() + 1L, term, payload);
        all.add(entry);
        return entry;
    }

    /** Another leader is elected, and opens its term. */
    Entry opening() {
        term++;
        return append(new Payload.TermOpening("b", null, null));
    }

    Entry membersAre(String... ids) {
        Membership changed = members(ids);
        return append(new Payload.MembershipChange(
                new Membership(CLUSTER, GENERATION, changed.members(), all.size() + 1L)));
    }

    Entry session(String member, String life, long replaces) {
        return append(CommandCodec.encode(new SessionOpening(member, life, replaces)));
    }

    Entry command(String type, long session, long number, long lowest, @Nullable FencingToken token, ByteBuffer data) {
        return append(
                CommandCodec.encode(new Command(type, new CommandId(session, number), lowest, token, data)));
    }

    Entry bytes(String type, byte[] data) {
        return append(new Payload.Application(type, Bytes.of(data)));
    }
}
