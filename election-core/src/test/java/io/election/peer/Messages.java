package io.election.peer;

import io.election.core.Bytes;
import io.election.core.Contact;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Header;
import io.election.core.ListedMember;
import io.election.core.LogPosition;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Pause;
import io.election.core.PauseTerms;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.ProposalOutcome;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.ReplicaNews;
import io.election.core.ReplicaStatus;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.Snapshot;
import io.election.core.StateDigest;
import io.election.core.StateImage;
import io.election.core.TransferProof;
import java.time.Duration;
import java.util.List;

/** One of each message, with and without what may be absent. */
public final class Messages {

    static final Membership MEMBERSHIP = new Membership(
            "0f8c1d2e",
            1_790_000_000L,
            List.of(
                    new EnrolledMember("a", MemberKind.DATA, "inc-a", 1),
                    new EnrolledMember("b", MemberKind.WITNESS, "inc-b", 7),
                    new EnrolledMember("c", MemberKind.OBSERVER, "", 1)));

    /** With members that have come and lost their vote since the founding. */
    static final Membership CHANGED = new Membership(
            "0f8c1d2e",
            1_790_000_000L,
            List.of(
                    new EnrolledMember(
                            "a",
                            MemberKind.DATA,
                            "inc-a",
                            44,
                            EnrolledMember.Standing.PROMOTED,
                            new Contact("http://10.0.0.7:8080", null, 3)),
                    new EnrolledMember(
                            "b", MemberKind.WITNESS, "inc-b", 7, EnrolledMember.Standing.WITHOUT_VOTE, null)),
            47L);

    /** The leadership is paused. */
    static final Membership PAUSED = CHANGED.withPause(new Pause("a", 1_790_000_600_000L, "anna", "kernel update"), 48);

    /** Neither text nor base64 without padding. */
    private static final Bytes BYTES =
            Bytes.of(new byte[] {0, -1, -128, 'm', 'e', 'h', 'r', ' ', (byte) 0xC3, (byte) 0xBC});

    private static final StateImage IMAGE = new StateImage(1_000_000, "0f".repeat(32), List.of("session/1", "store/1"));

    /** The heartbeat that is answered by a member that heeds pauses. */
    private static final long HEEDS_PAUSES = 44;

    private Messages() {}

    public static Header header(String cluster, String from, String to, long requestId) {
        return new Header(Header.PROTOCOL, cluster, "0f8c1d2e", from, "inc-" + from, true, to, "inc-" + to, requestId);
    }

    public static Header young(String from, String to) {
        return new Header(Header.PROTOCOL, "orders", null, from, "inc-" + from, false, to, null, 1);
    }

    public static Request.Heartbeat heartbeat(String cluster, String from, String to, long requestId) {
        return new Request.Heartbeat(
                header(cluster, from, to, requestId), 3, Duration.ofMillis(1500), 41, new LogPosition(2, 480));
    }

    public static Request.Append append(String cluster, String from, String to, long requestId) {
        return new Request.Append(
                header(cluster, from, to, requestId),
                4,
                Duration.ofSeconds(1),
                41,
                new LogPosition(2, 41),
                List.of(
                        new Entry(42, 3, new Payload.TermOpening("a", new LogPosition(2, 480), null)),
                        new Entry(43, 3, new Payload.MembershipChange(MEMBERSHIP)),
                        new Entry(44, 4, new Payload.TermOpening("b", null, null)),
                        new Entry(45, 4, new Payload.Application("greeting", BYTES)),
                        new Entry(46, 4, new Payload.Withheld())));
    }

    public static List<Request> requests() {
        return List.of(
                heartbeat("orders", "a", "b", 17),
                new Request.Heartbeat(young("a", "b"), 1, Duration.ZERO, 0, null),
                new Request.Vote(
                        header("orders", "a", "b", 18),
                        Phase.VOTE,
                        5,
                        new LogPosition(4, 46),
                        new LogPosition(4, 500),
                        7,
                        null,
                        new TransferProof("b", 4)),
                new Request.Vote(
                        young("a", "b"),
                        Phase.PRE_VOTE,
                        1,
                        LogPosition.NONE,
                        null,
                        0,
                        List.of(new ListedMember("a", MemberKind.DATA), new ListedMember("b", MemberKind.WITNESS)),
                        null),
                append("orders", "a", "b", 19),
                new Request.InstallSnapshot(
                        header("orders", "a", "b", 20),
                        4,
                        Duration.ofSeconds(1),
                        41,
                        new Snapshot(
                                new LogPosition(3, 41),
                                MEMBERSHIP,
                                List.of(new Snapshot.OpenedPosition(3, new LogPosition(2, 480))),
                                0)),
                new Request.InstallSnapshot(
                        header("orders", "a", "b", 21),
                        4,
                        Duration.ofSeconds(1),
                        41,
                        new Snapshot(new LogPosition(3, 41), MEMBERSHIP, List.of(), 0)),
                new Request.TimeoutNow(
                        header("orders", "a", "b", 22), new TransferProof("a", 4), new LogPosition(4, 46)),
                ping("a", "b", 23),
                new Request.Announce(young("a", "b"), MemberKind.OBSERVER, null),
                new Request.Announce(
                        header("orders", "a", "b", 24),
                        MemberKind.DATA,
                        new Contact("https://a.example.org:9443/app", "https://orders.example.org", -7)),
                new Request.Leave(header("orders", "a", "b", 26)),
                new Request.Change(header("orders", "a", "b", 27), MemberChange.Action.REMOVE, "c", 44L, true),
                new Request.Change(header("orders", "a", "b", 28), MemberChange.Action.PROMOTE, "c", null, false),
                new Request.Change(
                        header("orders", "a", "b", 40),
                        MemberChange.Action.PAUSE,
                        "a",
                        47L,
                        false,
                        new PauseTerms("anna", "kernel update", 1_790_000_600_000L)),
                new Request.Change(
                        header("orders", "a", "b", 41),
                        MemberChange.Action.RESUME,
                        "a",
                        null,
                        false,
                        new PauseTerms("anna", "", null)),
                new Request.Append(
                        header("orders", "a", "b", 42),
                        4,
                        Duration.ofSeconds(1),
                        45,
                        new LogPosition(4, 47),
                        List.of(new Entry(48, 4, new Payload.MembershipChange(PAUSED)))),
                new Request.InstallSnapshot(
                        header("orders", "a", "b", 43),
                        4,
                        Duration.ofSeconds(1),
                        48,
                        new Snapshot(new LogPosition(4, 48), PAUSED, List.of(), 0)),
                heartbeat("orders", "a", "b", HEEDS_PAUSES),
                new Request.Append(
                        promoted("a", "b", 25),
                        4,
                        Duration.ofSeconds(1),
                        45,
                        new LogPosition(4, 46),
                        List.of(new Entry(47, 4, new Payload.MembershipChange(CHANGED)))),
                new Request.Heartbeat(
                        header("orders", "a", "b", 29),
                        4,
                        Duration.ofMillis(1500),
                        41,
                        null,
                        new ReplicaNews(40, new StateDigest(32, -2))),
                new Request.Append(
                        header("orders", "a", "b", 30),
                        4,
                        Duration.ofSeconds(1),
                        45,
                        new LogPosition(4, 46),
                        List.of(new Entry(47, 4, new Payload.Application("store/1", BYTES))),
                        new ReplicaNews(45, null)),
                new Request.InstallSnapshot(
                        header("orders", "a", "b", 31),
                        4,
                        Duration.ofSeconds(1),
                        41,
                        new Snapshot(new LogPosition(3, 41), MEMBERSHIP, List.of(), 0, IMAGE)),
                propose("a", "b", 32),
                new Request.ReadIndex(header("orders", "a", "b", 33)),
                new Request.FetchImage(
                        header("orders", "a", "b", 34),
                        new LogPosition(3, 41),
                        IMAGE,
                        7,
                        Request.FetchImage.MOST_BYTES),
                new Request.FetchImage(young("a", "b"), new LogPosition(3, 41), IMAGE, 0, 1));
    }

    /** What an application writes. */
    public static Request.Propose propose(String from, String to, long requestId) {
        return new Request.Propose(
                header("orders", from, to, requestId),
                4,
                2,
                List.of(
                        new Payload.Application("session/1", BYTES),
                        new Payload.Application("store/1", Bytes.of(new byte[0]))));
    }

    /** What an operator wishes. */
    public static Request.Change change(String from, String to, long requestId) {
        return new Request.Change(header("orders", from, to, requestId), MemberChange.Action.PROMOTE, "c", null, false);
    }

    /** A piece of a state. */
    public static Request.FetchImage fetchImage(String from, String to, long requestId) {
        return new Request.FetchImage(header("orders", from, to, requestId), new LogPosition(3, 41), IMAGE, 7, 100);
    }

    /** A header of a member that an entry has promoted. */
    private static Header promoted(String from, String to, long requestId) {
        return new Header(
                Header.PROTOCOL,
                "orders",
                null,
                "0f8c1d2e",
                from,
                "inc-" + from,
                true,
                to,
                "inc-" + to,
                requestId,
                44L);
    }

    /** A ping. */
    public static Request.Ping ping(String from, String to, long requestId) {
        return new Request.Ping(header("orders", from, to, requestId));
    }

    /** What the receiver might say. */
    public static Response answer(Request request) {
        Header asked = request.header();
        Header header = new Header(
                Header.PROTOCOL,
                asked.cluster(),
                asked.clusterId(),
                asked.to(),
                "inc-" + asked.to(),
                asked.clusterId() != null,
                asked.from(),
                asked.fromIncarnation(),
                asked.requestId());
        if (request instanceof Request.Vote vote) {
            return new Response.Vote(
                    header,
                    vote.phase(),
                    vote.term(),
                    4,
                    new Refusal(RefusalReason.BOUND, Duration.ofNanos(123_456_789), null, "c"));
        }
        if (request instanceof Request.Heartbeat heartbeat && heartbeat.replica() != null) {
            return new Response.Heartbeat(
                    header,
                    4,
                    null,
                    new LogPosition(3, 44),
                    null,
                    new ReplicaStatus(39, true, List.of("session/1", "store/1")),
                    null);
        }
        if (request instanceof Request.Append append && append.replica() != null) {
            return new Response.Append(header, 4, null, 47, 39L);
        }
        if (request instanceof Request.InstallSnapshot install
                && install.snapshot().image() != null) {
            return new Response.Append(header, 4, new Refusal(RefusalReason.FETCHING_IMAGE, null, null, null), 4096);
        }
        if (request instanceof Request.Propose) {
            return new Response.Propose(
                    header,
                    4,
                    new ProposalOutcome(
                            ProposalOutcome.Kind.APPENDED,
                            1,
                            new LogPosition(4, 48),
                            ProposalOutcome.Reason.BUSY,
                            "too much is not committed"),
                    47);
        }
        if (request instanceof Request.ReadIndex) {
            return new Response.ReadIndex(header, 4, 47);
        }
        if (request instanceof Request.FetchImage fetch) {
            return new Response.FetchImage(header, fetch.offset() == 0 ? null : BYTES);
        }
        if (request instanceof Request.Heartbeat) {
            return new Response.Heartbeat(
                    header,
                    3,
                    null,
                    new LogPosition(3, 44),
                    new LogPosition(2, 481),
                    null,
                    asked.requestId() == HEEDS_PAUSES ? Boolean.TRUE : null);
        }
        if (request instanceof Request.Ping) {
            return new Response.Ping(header);
        }
        if (request instanceof Request.Announce || request instanceof Request.Leave) {
            return new Response.Announce(header, null, "a", new Contact("http://a:1", null, 0));
        }
        if (request instanceof Request.Change) {
            return new Response.Change(
                    header, MemberChange.Outcome.STALE, 44, "it builds on version 43, but version 44 is in force");
        }
        if (request instanceof Request.TimeoutNow) {
            return new Response.TimeoutNow(
                    header, 4, new Refusal(RefusalReason.WATERMARK_NOT_COVERED, null, new LogPosition(2, 480), null));
        }
        return new Response.Append(header, 4, null, 46);
    }
}
