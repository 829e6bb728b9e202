package io.election.peer;

import io.election.core.Bytes;
import io.election.core.Header;
import io.election.core.LogPosition;
import io.election.core.Payload;
import io.election.core.ProposalOutcome;
import io.election.core.ReplicaNews;
import io.election.core.ReplicaStatus;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.StateDigest;
import io.election.core.StateImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The parts of messages that speak of replicas, as {@link CompactCodec} writes and reads them. */
final class CompactReplica {

    // The order of these lists is the wire's; new ones come at the end.
    private static final ProposalOutcome.Kind[] KINDS = {
        ProposalOutcome.Kind.APPENDED, ProposalOutcome.Kind.REFUSED, ProposalOutcome.Kind.UNKNOWN
    };
    private static final ProposalOutcome.Reason[] REASONS = {
        ProposalOutcome.Reason.NO_LEADER,
        ProposalOutcome.Reason.BUSY,
        ProposalOutcome.Reason.TOO_FEW_COPIES,
        ProposalOutcome.Reason.NOT_READ,
        ProposalOutcome.Reason.TOO_LARGE,
        ProposalOutcome.Reason.FULL,
        ProposalOutcome.Reason.NO_MACHINE
    };

    private static final int USUAL = 80;

    /** More than what stands around the bytes of an application in an entry: tags, lengths, index and term. */
    private static final int AROUND = 40;

    private CompactReplica() {}

    // ------------------------------------------------------------------------------------------------------- writing

    static void news(FieldWriter out, int field, @Nullable ReplicaNews news) {
        if (news == null) {
            return;
        }
        FieldWriter written = new FieldWriter(USUAL).number(1, news.acknowledged());
        StateDigest digest = news.digest();
        if (digest != null) {
            // Any 64 bits.
            byte[] value =
                    ByteBuffer.allocate(Long.BYTES).putLong(digest.value()).array();
            written.message(2, new FieldWriter(USUAL).number(1, digest.index()).block(2, value));
        }
        out.message(field, written);
    }

    static void status(FieldWriter out, int field, @Nullable ReplicaStatus status) {
        if (status != null) {
            out.message(
                    field,
                    new FieldWriter(USUAL)
                            .number(1, status.applied())
                            .flag(2, status.failed())
                            .message(3, names(status.reads())));
        }
    }

    static void image(FieldWriter out, int field, @Nullable StateImage image) {
        if (image != null) {
            out.message(
                    field,
                    new FieldWriter(2 * USUAL)
                            .number(1, image.length())
                            .text(2, image.sha256())
                            .message(3, names(image.types())));
        }
    }

    private static FieldWriter names(List<String> all) {
        FieldWriter names = new FieldWriter(USUAL);
        for (String name : all) {
            names.message(1, new FieldWriter(40).text(1, name));
        }
        return names;
    }

    static void application(FieldWriter out, int field, Payload.Application application) {
        int expected = expected(application);
        int began = out.begin(field, expected);
        out.text(1, application.type()).block(2, application.data()).end(began, expected);
    }

    /** About how many bytes a payload takes, with what stands around it. */
    static int expected(Payload payload) {
        return (int) payload.weight() + AROUND;
    }

    /** The same of a list of what holds payloads. */
    static <T> int expected(List<T> all, Function<T, ? extends Payload> payload) {
        int expected = 0;
        for (T one : all) {
            expected += expected(payload.apply(one));
        }
        return expected;
    }

    static void propose(FieldWriter out, Request.Propose propose) {
        int expected = expected(propose.entries(), Function.identity());
        int entries = out.expecting(expected).begin(8, expected);
        for (Payload.Application entry : propose.entries()) {
            application(out, 1, entry);
        }
        out.end(entries, expected).number(9, propose.leadersTerm()).number(10, propose.firstRequest());
    }

    static void propose(FieldWriter out, Response.Propose answer) {
        ProposalOutcome outcome = answer.outcome();
        out.number(8, answer.term())
                .number(9, CompactCodec.number(KINDS, outcome.kind()))
                .number(10, outcome.accepted())
                .position(11, outcome.first());
        ProposalOutcome.Reason reason = outcome.reason();
        if (reason != null) {
            out.number(12, CompactCodec.number(REASONS, reason));
        }
        out.text(13, outcome.detail()).number(14, answer.commitIndex());
    }

    static void fetch(FieldWriter out, Request.FetchImage fetch) {
        out.position(8, fetch.last());
        image(out, 9, fetch.image());
        out.number(10, fetch.offset()).number(11, fetch.most());
    }

    static void fetched(FieldWriter out, Response.FetchImage answer) {
        Bytes piece = answer.piece();
        if (piece != null) {
            int expected = piece.length() + AROUND;
            int began = out.expecting(expected).begin(8, expected);
            out.block(1, piece).end(began, expected);
        }
    }

    // ------------------------------------------------------------------------------------------------------- reading

    static @Nullable ReplicaNews newsOrNull(@Nullable Fields in) throws BadMessageException {
        if (in == null) {
            return null;
        }
        Fields digest = in.messageOrNull(2);
        return new ReplicaNews(in.number(1, "replica.acknowledged"), digest == null ? null : digest(digest));
    }

    private static StateDigest digest(Fields in) throws BadMessageException {
        byte[] value = in.bytes(2, "digest.value");
        if (value.length != Long.BYTES) {
            throw new BadMessageException("digest.value has " + value.length + " bytes, but must have " + Long.BYTES);
        }
        return new StateDigest(
                in.number(1, "digest.index"), ByteBuffer.wrap(value).getLong());
    }

    static @Nullable ReplicaStatus statusOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new ReplicaStatus(
                        in.number(1, "replica.applied"), in.flag(2, "replica.failed"), names(in, 3, "replica.reads"));
    }

    static @Nullable StateImage imageOrNull(@Nullable Fields in) throws BadMessageException {
        return in == null
                ? null
                : new StateImage(in.number(1, "image.length"), in.text(2, "image.sha256"), names(in, 3, "image.types"));
    }

    private static List<String> names(Fields in, int field, String name) throws BadMessageException {
        List<String> names = in.listOrNull(field, StateImage.MOST_TYPES, each -> each.text(1, "name"));
        if (names == null) {
            throw new BadMessageException(name + " is missing");
        }
        return names;
    }

    static Payload.Application application(Fields in) throws BadMessageException {
        return new Payload.Application(in.text(1, "application.type"), in.block(2, "application.data"));
    }

    static Request.Propose proposal(Header header, Fields in) throws BadMessageException {
        List<Payload.Application> entries = in.listOrNull(8, Request.Append.MOST_ENTRIES, CompactReplica::application);
        if (entries == null) {
            throw new BadMessageException("entries is missing");
        }
        return new Request.Propose(
                header, in.number(9, "leadersTerm"), in.number(10, "firstRequest"), new ArrayList<>(entries));
    }

    static Response.Propose proposed(Header header, Fields in) throws BadMessageException {
        LogPosition first = in.position(11, "first");
        return new Response.Propose(
                header,
                in.number(8, "term"),
                new ProposalOutcome(
                        in.oneOf(KINDS, 9, "outcome"),
                        (int) Math.min(in.number(10, "accepted"), Integer.MAX_VALUE),
                        first,
                        in.oneOfOrNull(REASONS, 12, "reason"),
                        in.text(13, "detail")),
                in.number(14, "commitIndex"));
    }

    static Request.FetchImage fetch(Header header, Fields in) throws BadMessageException {
        StateImage image = imageOrNull(in.messageOrNull(9));
        if (image == null) {
            throw new BadMessageException("image is missing");
        }
        return new Request.FetchImage(header, in.position(8, "last"), image, in.number(10, "offset"), (int)
                Math.min(in.number(11, "most"), Integer.MAX_VALUE));
    }

    static Response.FetchImage fetched(Header header, Fields in) throws BadMessageException {
        Fields piece = in.messageOrNull(8);
        return new Response.FetchImage(header, piece == null ? null : piece.block(1, "piece"));
    }
}
