package io.election.peer;

import io.election.core.Allegiance;
import io.election.core.Contact;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.FounderClock;
import io.election.core.Gathering;
import io.election.core.Header;
import io.election.core.ListedMember;
import io.election.core.LogPosition;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Pause;
import io.election.core.PauseTerms;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Renunciation;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.Snapshot;
import io.election.core.TransferProof;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Messages in the encoding of Protocol Buffers, by hand: a heartbeat is written and read without reflection, in some hundred
 * bytes. {@code election.proto}, beside this class, is the description that other programs can use. A number is never given
 * another meaning; what is new gets a new one, and who does not know it skips it.
 *
 * <p>The names of the cluster, the sender and the receiver are not in the body: the header {@value Call#HEADER} says them, and
 * is signed with it.
 */
final class CompactCodec {

    /** For the header {@code Content-Type}. */
    static final String MEDIA_TYPE = "application/x-protobuf";

    // The order of these lists is the wire's; new ones come at the end.
    private static final Phase[] PHASES = {Phase.PRE_VOTE, Phase.VOTE};
    private static final MemberKind[] KINDS = {MemberKind.DATA, MemberKind.WITNESS, MemberKind.OBSERVER};
    private static final RefusalReason[] REASONS = {
        RefusalReason.BOUND,
        RefusalReason.STALE_TERM,
        RefusalReason.ALREADY_VOTED,
        RefusalReason.LOG_BEHIND,
        RefusalReason.APPLICATION_BEHIND,
        RefusalReason.WATERMARK_NOT_COVERED,
        RefusalReason.NOT_A_VOTER,
        RefusalReason.WRONG_CLUSTER,
        RefusalReason.LIST_DIFFERS,
        RefusalReason.ALREADY_FOUNDED,
        RefusalReason.CATCHING_UP,
        RefusalReason.LOG_MISMATCH,
        RefusalReason.LOG_FULL,
        RefusalReason.TWO_LEADERS,
        RefusalReason.UNAVAILABLE,
        RefusalReason.REMOVED,
        RefusalReason.CLOCKS_DIFFER,
        RefusalReason.SUPERSEDED,
        RefusalReason.NOT_AGREED,
        RefusalReason.FETCHING_IMAGE
    };
    private static final EnrolledMember.Standing[] STANDINGS = {
        EnrolledMember.Standing.PROMOTED, EnrolledMember.Standing.WITHOUT_VOTE, EnrolledMember.Standing.LAGGING
    };

    private static final MemberChange.Action[] ACTIONS = {
        MemberChange.Action.PROMOTE,
        MemberChange.Action.DEMOTE,
        MemberChange.Action.REMOVE,
        MemberChange.Action.PAUSE,
        MemberChange.Action.RESUME
    };
    private static final MemberChange.Outcome[] OUTCOMES = {
        MemberChange.Outcome.DONE,
        MemberChange.Outcome.UNCHANGED,
        MemberChange.Outcome.STALE,
        MemberChange.Outcome.BUSY,
        MemberChange.Outcome.NOT_LEADER,
        MemberChange.Outcome.LEADS_ITSELF,
        MemberChange.Outcome.NEEDS_FORCE,
        MemberChange.Outcome.REFUSED,
        MemberChange.Outcome.UNKNOWN
    };

    /** Enough for a heartbeat and its answer. */
    private static final int USUAL = 160;

    /** Ready to be used again by whoever comes first. */
    private static final AtomicReference<@Nullable FieldWriter> SPARE_WRITER = new AtomicReference<>();

    private static final AtomicReference<@Nullable Fields> SPARE_READER = new AtomicReference<>();

    /** A larger one is not kept. */
    private static final int LARGEST_SPARE = 4096;

    private CompactCodec() {}

    // ------------------------------------------------------------------------------------------------------- writing

    static byte[] write(Message message) {
        FieldWriter spare = SPARE_WRITER.getAndSet(null);
        FieldWriter out = spare == null ? new FieldWriter(USUAL) : spare.clear();
        header(out, message.header());
        if (message instanceof Request request) {
            write(out, request);
        } else if (message instanceof Response response) {
            write(out, response);
        }
        byte[] written = out.toBytes();
        if (written.length <= LARGEST_SPARE) {
            SPARE_WRITER.set(out);
        }
        return written;
    }

    private static void header(FieldWriter out, Header header) {
        out.text(1, header.clusterId())
                .text(2, header.fromIncarnation())
                .flag(3, header.settled())
                .text(4, header.toIncarnation())
                .number(5, header.requestId())
                .text(6, header.group());
        Long fromNamedAt = header.fromNamedAt();
        if (fromNamedAt != null) {
            out.number(7, fromNamedAt);
        }
    }

    private static void write(FieldWriter out, Request request) {
        if (request instanceof Request.Heartbeat heartbeat) {
            fromLeader(out, heartbeat).position(11, heartbeat.watermark());
            CompactReplica.news(out, 12, heartbeat.replica());
        } else if (request instanceof Request.Append append) {
            fromLeader(out, append).position(11, append.previous());
            int expected = CompactReplica.expected(append.entries(), Entry::payload);
            int entries = out.expecting(expected).begin(12, expected);
            for (Entry entry : append.entries()) {
                entry(out, 1, entry);
            }
            out.end(entries, expected);
            CompactReplica.news(out, 13, append.replica());
        } else if (request instanceof Request.InstallSnapshot install) {
            fromLeader(out, install).message(11, snapshot(install.snapshot()));
        } else if (request instanceof Request.Vote vote) {
            out.number(8, number(PHASES, vote.phase()))
                    .number(9, vote.term())
                    .position(10, vote.last())
                    .position(11, vote.application())
                    .number(12, vote.receiverNamedAt());
            List<ListedMember> founding = vote.founding();
            if (founding != null) {
                FieldWriter list = new FieldWriter(USUAL);
                for (ListedMember member : founding) {
                    list.message(1, new FieldWriter(40).text(1, member.id()).number(2, number(KINDS, member.kind())));
                }
                out.message(13, list);
            }
            TransferProof proof = vote.proof();
            if (proof != null) {
                out.message(14, proof(proof));
            }
        } else if (request instanceof Request.TimeoutNow timeoutNow) {
            out.message(8, proof(timeoutNow.proof())).position(9, timeoutNow.expected());
        } else if (request instanceof Request.Announce announce) {
            out.number(8, number(KINDS, announce.kind()));
            contact(out, 9, announce.contact());
            Allegiance allegiance = announce.allegiance();
            if (allegiance != null) {
                out.message(
                        10,
                        new FieldWriter(40).number(1, allegiance.generation()).text(2, allegiance.leader()));
            }
            Renunciation renounces = announce.renounces();
            if (renounces != null) {
                out.message(
                        11,
                        new FieldWriter(USUAL)
                                .message(1, names(renounces.founders()))
                                .number(2, renounces.term()));
            }
        } else if (request instanceof Request.Change change) {
            out.number(8, number(ACTIONS, change.action())).text(9, change.member());
            Long builds = change.builds();
            if (builds != null) {
                out.number(10, builds);
            }
            out.flag(11, change.force());
            terms(out, 12, change.terms());
        } else if (request instanceof Request.Propose propose) {
            CompactReplica.propose(out, propose);
        } else if (request instanceof Request.FetchImage fetch) {
            CompactReplica.fetch(out, fetch);
        }
    }

    private static void terms(FieldWriter out, int field, @Nullable PauseTerms terms) {
        if (terms != null) {
            FieldWriter written = new FieldWriter(USUAL).text(1, terms.by()).text(2, terms.reason());
            Long until = terms.untilMillis();
            out.message(field, until == null ? written : written.number(3, until));
        }
    }

    private static FieldWriter names(List<String> ids) {
        FieldWriter names = new FieldWriter(USUAL);
        for (String id : ids) {
            names.message(1, new FieldWriter(40).text(1, id));
        }
        return names;
    }

    private static void contact(FieldWriter out, int field, @Nullable Contact contact) {
        if (contact != null) {
            // Protocol Buffers write a negative number in ten bytes; zigzag, as sint32 does, in few.
            int priority = contact.priority();
            out.message(
                    field,
                    new FieldWriter(USUAL)
                            .text(1, contact.url())
                            .text(2, contact.appUrl())
                            .number(3, (long) (priority << 1 ^ priority >> 31) & 0xffff_ffffL));
        }
    }

    private static FieldWriter fromLeader(FieldWriter out, Request.FromLeader request) {
        return out.number(8, request.term())
                .number(9, request.promise().toNanos())
                .number(10, request.commitIndex());
    }

    private static FieldWriter proof(TransferProof proof) {
        return new FieldWriter(40).text(1, proof.leader()).number(2, proof.term());
    }

    private static void entry(FieldWriter out, int field, Entry entry) {
        Payload payload = entry.payload();
        int expected = CompactReplica.expected(payload);
        int began = out.begin(field, expected);
        out.number(1, entry.index()).number(2, entry.term());
        if (payload instanceof Payload.TermOpening opening) {
            FieldWriter written =
                    new FieldWriter(USUAL).text(1, opening.leader()).position(2, opening.position());
            Membership founding = opening.founding();
            if (founding != null) {
                written.message(3, membership(founding));
            }
            out.message(3, written);
        } else if (payload instanceof Payload.MembershipChange change) {
            out.message(4, membership(change.membership()));
        } else if (payload instanceof Payload.Application application) {
            CompactReplica.application(out, 5, application);
        } else {
            out.message(6, new FieldWriter(0));
        }
        out.end(began, expected);
    }

    private static FieldWriter membership(Membership membership) {
        FieldWriter members = new FieldWriter(USUAL);
        for (EnrolledMember member : membership.members()) {
            FieldWriter written = new FieldWriter(80)
                    .text(1, member.id())
                    .number(2, number(KINDS, member.kind()))
                    .text(3, member.incarnation())
                    .number(4, member.namedAt());
            EnrolledMember.Standing standing = member.standing();
            if (standing != null) {
                written.number(5, number(STANDINGS, standing));
            }
            contact(written, 6, member.contact());
            members.message(1, written);
        }
        FieldWriter out = new FieldWriter(USUAL * 2)
                .text(1, membership.clusterId())
                .number(2, membership.generation())
                .message(3, members);
        Long changedAt = membership.changedAt();
        if (changedAt != null) {
            out.number(4, changedAt);
        }
        Pause pause = membership.pause();
        if (pause != null) {
            out.message(
                    5,
                    new FieldWriter(USUAL)
                            .text(1, pause.holder())
                            .number(2, pause.untilMillis())
                            .text(3, pause.by())
                            .text(4, pause.reason()));
        }
        return out;
    }

    private static FieldWriter snapshot(Snapshot snapshot) {
        FieldWriter out = new FieldWriter(USUAL * 2).position(1, snapshot.last());
        Membership membership = snapshot.membership();
        if (membership != null) {
            out.message(2, membership(membership));
        }
        FieldWriter openings = new FieldWriter(USUAL);
        for (Snapshot.OpenedPosition opening : snapshot.openings()) {
            openings.message(1, new FieldWriter(40).number(1, opening.term()).position(2, opening.position()));
        }
        out.message(3, openings).number(4, snapshot.openingsFrom());
        CompactReplica.image(out, 5, snapshot.image());
        return out;
    }

    private static void write(FieldWriter out, Response response) {
        if (response instanceof Response.Heartbeat heartbeat) {
            out.number(8, heartbeat.term());
            refusal(out, 9, heartbeat.refusal());
            out.position(10, heartbeat.last()).position(11, heartbeat.application());
            CompactReplica.status(out, 12, heartbeat.replica());
            Boolean readsPauses = heartbeat.readsPauses();
            if (readsPauses != null) {
                out.flag(13, readsPauses);
            }
        } else if (response instanceof Response.Append append) {
            out.number(8, append.term());
            refusal(out, 9, append.refusal());
            out.number(10, append.index());
            Long applied = append.applied();
            if (applied != null) {
                out.number(11, applied);
            }
        } else if (response instanceof Response.Vote vote) {
            out.number(8, number(PHASES, vote.phase()))
                    .number(9, vote.askedTerm())
                    .number(10, vote.term());
            refusal(out, 11, vote.refusal());
            FounderClock clock = vote.clock();
            if (clock != null) {
                out.message(
                        12, new FieldWriter(20).number(1, clock.wallMillis()).number(2, clock.tokensUpTo()));
            }
        } else if (response instanceof Response.TimeoutNow timeoutNow) {
            out.number(8, timeoutNow.term());
            refusal(out, 9, timeoutNow.refusal());
        } else if (response instanceof Response.Announce announce) {
            refusal(out, 9, announce.refusal());
            out.text(10, announce.leader());
            contact(out, 11, announce.contact());
            Long generation = announce.generation();
            if (generation != null) {
                out.number(12, generation);
            }
            Gathering gathering = announce.gathering();
            if (gathering != null) {
                out.message(
                        13,
                        new FieldWriter(USUAL)
                                .number(1, number(KINDS, gathering.kind()))
                                .number(2, gathering.expected())
                                .flag(3, gathering.founds())
                                .message(4, names(gathering.found()))
                                .flag(5, gathering.renounced()));
            }
        } else if (response instanceof Response.Change change) {
            out.number(8, number(OUTCOMES, change.outcome()))
                    .number(9, change.version())
                    .text(10, change.detail());
        } else if (response instanceof Response.Propose proposed) {
            CompactReplica.propose(out, proposed);
        } else if (response instanceof Response.ReadIndex read) {
            out.number(8, read.term()).number(9, read.index());
        } else if (response instanceof Response.FetchImage fetched) {
            CompactReplica.fetched(out, fetched);
        }
    }

    private static void refusal(FieldWriter out, int field, @Nullable Refusal refusal) {
        if (refusal != null) {
            FieldWriter written = new FieldWriter(64).number(1, number(REASONS, refusal.reason()));
            Duration boundFor = refusal.boundFor();
            if (boundFor != null) {
                written.number(2, boundFor.toNanos());
            }
            out.message(field, written.position(3, refusal.position()).text(4, refusal.member()));
        }
    }

    static <E> int number(E[] all, E one) {
        for (int i = 0; i < all.length; i++) {
            if (all[i] == one) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("not of the wire: " + one);
    }

    // ------------------------------------------------------------------------------------------------------- reading

    /**
     * Who talks to whom, as the header says.
     *
     * @param cluster the cluster's name
     * @param from the sender
     * @param to the receiver
     */
    record Envelope(String cluster, String from, String to) {}

    /**
     * Reads what a peer asks.
     *
     * @throws BadMessageException if it is no such request, naming the field
     */
    static Request readRequest(MessageKind kind, byte[] body, Envelope envelope) throws BadMessageException {
        Fields in = reader();
        try {
            in.readAll(body);
            Header header = header(in, envelope);
            return switch (kind) {
                case HEARTBEAT ->
                    new Request.Heartbeat(
                            header,
                            term(in),
                            promise(in),
                            commit(in),
                            in.positionOrNull(11),
                            CompactReplica.newsOrNull(in.messageOrNull(12)));
                case APPEND ->
                    new Request.Append(
                            header,
                            term(in),
                            promise(in),
                            commit(in),
                            in.position(11, "previous"),
                            present(in.listOrNull(12, Request.Append.MOST_ENTRIES, CompactCodec::entry), "entries"),
                            CompactReplica.newsOrNull(in.messageOrNull(13)));
                case SNAPSHOT ->
                    new Request.InstallSnapshot(
                            header, term(in), promise(in), commit(in), snapshot(in.message(11, "snapshot")));
                case VOTE ->
                    new Request.Vote(
                            header,
                            in.oneOf(PHASES, 8, "phase"),
                            in.number(9, "term"),
                            in.position(10, "last"),
                            in.positionOrNull(11),
                            in.number(12, "receiverNamedAt"),
                            in.listOrNull(13, Message.MOST_MEMBERS, CompactCodec::listed),
                            proofOrNull(in.messageOrNull(14)));
                case TIMEOUT_NOW ->
                    new Request.TimeoutNow(header, proof(in.message(8, "proof")), in.position(9, "expected"));
                case PING -> new Request.Ping(header);
                case LEAVE -> new Request.Leave(header);
                case ANNOUNCE ->
                    new Request.Announce(
                            header,
                            in.oneOf(KINDS, 8, "kind"),
                            contactOrNull(in.messageOrNull(9)),
                            allegianceOrNull(in.messageOrNull(10)),
                            renunciationOrNull(in.messageOrNull(11)));
                case CHANGE ->
                    new Request.Change(
                            header,
                            in.oneOf(ACTIONS, 8, "action"),
                            in.text(9, "member"),
                            in.numberOrNull(10),
                            in.flag(11, "force"),
                            termsOrNull(in.messageOrNull(12)));
                case PROPOSE -> CompactReplica.proposal(header, in);
                case READ_INDEX -> new Request.ReadIndex(header);
                case IMAGE -> CompactReplica.fetch(header, in);
            };
        } catch (IllegalArgumentException ex) {
            throw new BadMessageException(String.valueOf(ex.getMessage()), ex);
        } finally {
            in.forget();
            SPARE_READER.set(in);
        }
    }

    /**
     * Reads what a peer answered.
     *
     * @throws BadMessageException if it is no answer to such a request, naming the field
     */
    static Response readResponse(MessageKind kind, byte[] body, Envelope envelope) throws BadMessageException {
        Fields in = reader();
        try {
            in.readAll(body);
            Header header = header(in, envelope);
            return switch (kind) {
                case HEARTBEAT ->
                    new Response.Heartbeat(
                            header,
                            term(in),
                            refusal(in, 9),
                            in.position(10, "last"),
                            in.positionOrNull(11),
                            CompactReplica.statusOrNull(in.messageOrNull(12)),
                            in.numberOrNull(13) == null ? null : in.flag(13, "readsPauses"));
                case APPEND, SNAPSHOT ->
                    new Response.Append(header, term(in), refusal(in, 9), in.number(10, "index"), in.numberOrNull(11));
                case VOTE ->
                    new Response.Vote(
                            header,
                            in.oneOf(PHASES, 8, "phase"),
                            in.number(9, "askedTerm"),
                            in.number(10, "term"),
                            refusal(in, 11),
                            clockOrNull(in.messageOrNull(12)));
                case TIMEOUT_NOW -> new Response.TimeoutNow(header, term(in), refusal(in, 9));
                case PING -> new Response.Ping(header);
                case ANNOUNCE, LEAVE ->
                    new Response.Announce(
                            header,
                            refusal(in, 9),
                            in.textOrNull(10, "leader"),
                            contactOrNull(in.messageOrNull(11)),
                            in.numberOrNull(12),
                            gatheringOrNull(in.messageOrNull(13)));
                case CHANGE ->
                    new Response.Change(
                            header, in.oneOf(OUTCOMES, 8, "outcome"), in.number(9, "version"), in.text(10, "detail"));
                case PROPOSE -> CompactReplica.proposed(header, in);
                case READ_INDEX -> new Response.ReadIndex(header, term(in), in.number(9, "index"));
                case IMAGE -> CompactReplica.fetched(header, in);
            };
        } catch (IllegalArgumentException ex) {
            throw new BadMessageException(String.valueOf(ex.getMessage()), ex);
        } finally {
            in.forget();
            SPARE_READER.set(in);
        }
    }

    private static Fields reader() {
        Fields spare = SPARE_READER.getAndSet(null);
        return spare == null ? new Fields() : spare;
    }

    private static Header header(Fields in, Envelope envelope) throws BadMessageException {
        String named = in.textOrNull(6, "header.group");
        if (named != null) {
            throw new BadMessageException(MessageCodec.noGroup(named));
        }
        return new Header(
                Header.PROTOCOL,
                envelope.cluster(),
                null,
                in.textOrNull(1, "header.clusterId"),
                envelope.from(),
                in.text(2, "header.fromIncarnation"),
                in.flag(3, "header.settled"),
                envelope.to(),
                in.textOrNull(4, "header.toIncarnation"),
                in.number(5, "header.requestId"),
                in.numberOrNull(7));
    }

    private static long term(Fields in) throws BadMessageException {
        return in.number(8, "term");
    }

    private static Duration promise(Fields in) throws BadMessageException {
        return in.duration(9, "promise");
    }

    private static long commit(Fields in) throws BadMessageException {
        return in.number(10, "commitIndex");
    }

    private static <T> List<T> present(@Nullable List<T> list, String name) throws BadMessageException {
        if (list == null) {
            throw new BadMessageException(name + " is missing");
        }
        return list;
    }

    private static @Nullable TransferProof proofOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null ? null : proof(in);
    }

    private static TransferProof proof(Fields in) throws BadMessageException {
        return new TransferProof(in.text(1, "proof.leader"), in.number(2, "proof.term"));
    }

    private static ListedMember listed(Fields in) throws BadMessageException {
        return new ListedMember(in.text(1, "founding.id"), in.oneOf(KINDS, 2, "founding.kind"));
    }

    private static Entry entry(Fields in) throws BadMessageException {
        return new Entry(in.number(1, "entry.index"), in.number(2, "entry.term"), payload(in));
    }

    private static Payload payload(Fields in) throws BadMessageException {
        Fields opening = in.messageOrNull(3);
        Fields change = in.messageOrNull(4);
        Fields application = in.messageOrNull(5);
        Fields withheld = in.messageOrNull(6);
        int kinds = (opening == null ? 0 : 1)
                + (change == null ? 0 : 1)
                + (application == null ? 0 : 1)
                + (withheld == null ? 0 : 1);
        if (kinds != 1) {
            throw new BadMessageException("an entry must have one payload that is known here, but has " + kinds);
        }
        if (opening != null) {
            Fields founding = opening.messageOrNull(3);
            return new Payload.TermOpening(
                    opening.text(1, "opening.leader"),
                    opening.positionOrNull(2),
                    founding == null ? null : membership(founding));
        }
        if (change != null) {
            return new Payload.MembershipChange(membership(change));
        }
        return application == null ? new Payload.Withheld() : CompactReplica.application(application);
    }

    private static Membership membership(Fields in) throws BadMessageException {
        return new Membership(
                in.text(1, "membership.clusterId"),
                in.number(2, "membership.generation"),
                present(in.listOrNull(3, Message.MOST_MEMBERS, CompactCodec::enrolled), "membership.members"),
                in.numberOrNull(4),
                pauseOrNull(in.messageOrNull(5)));
    }

    private static @Nullable Pause pauseOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new Pause(
                        in.text(1, "pause.holder"),
                        in.number(2, "pause.untilMillis"),
                        in.text(3, "pause.by"),
                        in.text(4, "pause.reason"));
    }

    private static @Nullable PauseTerms termsOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new PauseTerms(in.text(1, "terms.by"), in.text(2, "terms.reason"), in.numberOrNull(3));
    }

    private static @Nullable Allegiance allegianceOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new Allegiance(in.number(1, "allegiance.generation"), in.textOrNull(2, "allegiance.leader"));
    }

    private static @Nullable Gathering gatheringOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new Gathering(
                        in.oneOf(KINDS, 1, "gathering.kind"),
                        (int) Math.min(in.number(2, "gathering.expected"), Integer.MAX_VALUE),
                        in.flag(3, "gathering.founds"),
                        present(in.listOrNull(4, Message.MOST_MEMBERS, CompactCodec::name), "gathering.found"),
                        in.flag(5, "gathering.renounced"));
    }

    private static @Nullable Renunciation renunciationOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new Renunciation(
                        present(in.listOrNull(1, Message.MOST_MEMBERS, CompactCodec::name), "renunciation.founders"),
                        in.number(2, "renunciation.term"));
    }

    private static String name(Fields in) throws BadMessageException {
        return in.text(1, "name.id");
    }

    private static @Nullable FounderClock clockOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null ? null : new FounderClock(in.number(1, "clock.wallMillis"), in.number(2, "clock.tokensUpTo"));
    }

    private static @Nullable Contact contactOrNull(@Nullable Fields in) throws BadMessageException {
        if (in == null) {
            return null;
        }
        long priority = in.number(3, "contact.priority");
        if (priority < 0 || priority > 0xffff_ffffL) {
            throw new BadMessageException("contact.priority is no number of 32 bits");
        }
        return new Contact(
                in.text(1, "contact.url"),
                in.textOrNull(2, "contact.appUrl"),
                (int) (priority >>> 1) ^ -(int) (priority & 1));
    }

    private static EnrolledMember enrolled(Fields in) throws BadMessageException {
        return new EnrolledMember(
                in.text(1, "member.id"),
                in.oneOf(KINDS, 2, "member.kind"),
                in.text(3, "member.incarnation"),
                in.number(4, "member.namedAt"),
                in.oneOfOrNull(STANDINGS, 5, "member.standing"),
                contactOrNull(in.messageOrNull(6)));
    }

    private static Snapshot snapshot(Fields in) throws BadMessageException {
        Fields membership = in.messageOrNull(2);
        return new Snapshot(
                in.position(1, "snapshot.last"),
                membership == null ? null : membership(membership),
                present(in.listOrNull(3, Snapshot.MOST_OPENINGS, CompactCodec::opened), "snapshot.openings"),
                in.number(4, "snapshot.openingsFrom"),
                CompactReplica.imageOrNull(in.messageOrNull(5)));
    }

    private static Snapshot.OpenedPosition opened(Fields in) throws BadMessageException {
        LogPosition position = in.position(2, "opening.position");
        return new Snapshot.OpenedPosition(in.number(1, "opening.term"), position);
    }

    private static @Nullable Refusal refusal(Fields in, int field) throws BadMessageException {
        Fields refusal = in.messageOrNull(field);
        return refusal == null
                ? null
                : new Refusal(
                        refusal.oneOf(REASONS, 1, "refusal.reason"),
                        refusal.durationOrNull(2),
                        refusal.positionOrNull(3),
                        refusal.textOrNull(4, "refusal.member"));
    }
}
