package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Allegiance;
import io.election.core.FounderClock;
import io.election.core.Gathering;
import io.election.core.Header;
import io.election.core.MemberKind;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Renunciation;
import io.election.core.Request;
import io.election.core.Response;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What members say of foundings reads as it was written, in both forms. */
class FoundingMessagesTests {

    private static final MessageCodec JSON = new MessageCodec();

    private static Header header(@Nullable String clusterId, String from, String to) {
        return new Header(1, "orders", clusterId, from, from + "-1", false, to, null, 7);
    }

    static List<Request> requests() {
        return List.of(
                new Request.Announce(
                        header("0001f-00000000000003e8", "a", "b"),
                        MemberKind.DATA,
                        null,
                        new Allegiance(1_700_000_001, "c"),
                        null),
                new Request.Announce(
                        header("0001f-00000000000003e8", "a", "b"),
                        MemberKind.WITNESS,
                        null,
                        new Allegiance(1, null),
                        null),
                new Request.Announce(
                        header(null, "a", "b"),
                        MemberKind.DATA,
                        null,
                        null,
                        new Renunciation(List.of("a", "b", "x"), 12)));
    }

    static Stream<Response> responses() {
        Stream<Response> announced = Stream.of(
                new Response.Announce(header("c-1", "b", "a"), null, "c", null, 1_700_000_001L, null),
                new Response.Announce(
                        header(null, "b", "a"),
                        new Refusal(RefusalReason.WRONG_CLUSTER, null, null, null),
                        null,
                        null,
                        null,
                        new Gathering(MemberKind.DATA, 3, true, List.of("a", "b", "c"), false)),
                new Response.Announce(
                        header(null, "b", "a"),
                        null,
                        "x",
                        null,
                        null,
                        new Gathering(MemberKind.OBSERVER, 1, false, List.of("b"), true)),
                new Response.Vote(
                        header(null, "b", "a"), Phase.VOTE, 1, 1, null, new FounderClock(1_700_000_000_123L, 77)));
        Stream<Response> refused = Stream.of(
                        RefusalReason.CLOCKS_DIFFER, RefusalReason.SUPERSEDED, RefusalReason.NOT_AGREED)
                .map(reason -> new Response.Vote(
                        header(null, "b", "a"), Phase.PRE_VOTE, 1, 0, new Refusal(reason, null, null, null), null));
        return Stream.concat(announced, refused);
    }

    private static CompactCodec.Envelope envelope(Header header) {
        return new CompactCodec.Envelope(header.cluster(), header.from(), header.to());
    }

    @ParameterizedTest
    @MethodSource
    void requests(Request request) throws BadMessageException {
        assertThat(CompactCodec.readRequest(
                        MessageKind.ANNOUNCE, CompactCodec.write(request), envelope(request.header())))
                .isEqualTo(request);
        assertThat(JSON.readRequest(MessageKind.ANNOUNCE, JSON.write(request))).isEqualTo(request);
    }

    @ParameterizedTest
    @MethodSource
    void responses(Response response) throws BadMessageException {
        MessageKind kind = response instanceof Response.Vote ? MessageKind.VOTE : MessageKind.ANNOUNCE;
        assertThat(CompactCodec.readResponse(kind, CompactCodec.write(response), envelope(response.header())))
                .isEqualTo(response);
        assertThat(JSON.readResponse(kind, JSON.write(response))).isEqualTo(response);
    }
}
