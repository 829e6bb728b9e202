package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Header;
import io.election.core.Message;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerAuthentication.SharedSecret;
import io.election.peer.Peers.Answering;
import io.election.peer.Wiretap.Answered;
import io.election.peer.Wiretap.Heard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Exchanges that members of version 1 of the protocol had, as they went over the wire, signed. A later version must read each of them,
 * and write it in the same bytes to a member that speaks no other version. So a file here is never changed.
 *
 * <p>{@code -Delection.protocol.record=src/test/resources/protocol/1} records what is not recorded yet.
 */
class ProtocolRecordingTests {

    private static final String SECRET = "the secret of all recordings";
    private static final SharedSecret KEY = Peers.secret(SECRET);
    private static final String RECORD = System.getProperty("election.protocol.record", "");
    private static final MessageCodec JSON = new MessageCodec();

    /** One request and its answer. */
    private record Recording(String name, Heard request, Answered answer) {

        MessageKind kind() {
            return Stream.of(MessageKind.values())
                    .filter(kind -> request.path().equals("/election/" + kind.path()))
                    .findFirst()
                    .orElseThrow();
        }

        boolean isCompact() {
            return CompactCodec.MEDIA_TYPE.equals(request.headers().get("Content-Type"));
        }

        Request readRequest(byte[] body) throws BadMessageException {
            return isCompact()
                    ? CompactCodec.readRequest(kind(), body, new CompactCodec.Envelope("orders", "a", "b"))
                    : JSON.readRequest(kind(), body);
        }

        Response readResponse(byte[] body) throws BadMessageException {
            return isCompact()
                    ? CompactCodec.readResponse(kind(), body, new CompactCodec.Envelope("orders", "b", "a"))
                    : JSON.readResponse(kind(), body);
        }

        byte[] write(Message message) {
            return isCompact() ? CompactCodec.write(message) : JSON.write(message);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    // ------------------------------------------------------------------------------------------------ files

    private static List<Recording> recordings() throws IOException {
        if (!RECORD.isEmpty()) {
            record(Path.of(RECORD));
        }
        List<Recording> recordings = new ArrayList<>();
        Path directory = RECORD.isEmpty() ? onTheClassPath() : Path.of(RECORD);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                recordings.add(read(file));
            }
        }
        return recordings;
    }

    private static Path onTheClassPath() {
        try {
            return Path.of(ProtocolRecordingTests.class
                            .getResource("/protocol/1/heartbeat-17.compact.txt")
                            .toURI())
                    .getParent();
        } catch (URISyntaxException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static Recording read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int answerAt = lines.indexOf("---");
        String[] first = lines.get(0).split(" ");
        Heard request = new Heard(
                first[0], first[1], headers(lines.subList(1, answerAt - 1)), body(file, lines.get(answerAt - 1)));
        Answered answer = new Answered(
                Integer.parseInt(lines.get(answerAt + 1)),
                headers(lines.subList(answerAt + 2, lines.size() - 1)),
                body(file, lines.get(lines.size() - 1)));
        return new Recording(file.getFileName().toString(), request, answer);
    }

    private static Map<String, String> headers(List<String> lines) {
        Map<String, String> headers = new HashMap<>();
        lines.forEach(line -> headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2)));
        return headers;
    }

    private static byte[] body(Path file, String line) {
        return isCompact(file) ? HexFormat.of().parseHex(line) : line.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isCompact(Path file) {
        return file.toString().endsWith(".compact.txt");
    }

    private static void record(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (HttpPeerTransport b = new HttpPeerTransport(settings("b", Peers.url(1)))) {
            b.start(new Answering());
            for (boolean readable : new boolean[] {false, true}) {
                for (Request request : Messages.requests()) {
                    String name = MessageKind.of(request).path() + "-"
                            + request.header().requestId() + (readable ? ".json.txt" : ".compact.txt");
                    if (!Files.exists(directory.resolve(name))) {
                        record(directory.resolve(name), b, readable, request);
                    }
                }
            }
        }
    }

    private static void record(Path file, HttpPeerTransport b, boolean readable, Request request) throws IOException {
        try (Wiretap tap = new Wiretap(b.port());
                HttpPeerTransport a = new HttpPeerTransport(settings("a", tap.url()), readable)) {
            a.start((asked, reply) -> {});
            assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
            int last = tap.heard.size() - 1;
            Heard heard = tap.heard.get(last);
            Answered answered = tap.answers.get(last);
            List<String> lines = new ArrayList<>();
            lines.add(heard.method() + " " + heard.path());
            new TreeMap<>(heard.headers()).forEach((name, value) -> lines.add(name + ": " + value));
            lines.add(text(readable, heard.body()));
            lines.add("---");
            lines.add(String.valueOf(answered.status()));
            new TreeMap<>(answered.headers()).forEach((name, value) -> lines.add(name + ": " + value));
            lines.add(text(readable, answered.body()));
            Files.write(file, lines);
        } catch (IOException ex) {
            throw ex;
        } catch (Exception ex) {
            throw new IOException(ex);
        }
    }

    private static String text(boolean readable, byte[] body) {
        return readable
                ? new String(body, StandardCharsets.UTF_8)
                : HexFormat.of().formatHex(body);
    }

    private static PeerSettings settings(String id, URI other) {
        return new PeerSettings(
                "orders",
                id,
                Map.of("a", id.equals("a") ? Peers.url(1) : other, "b", id.equals("b") ? Peers.url(1) : other),
                "/election",
                Peers.LONG,
                KEY,
                id.equals("b") ? new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), 0) : null,
                null);
    }

    // ------------------------------------------------------------------------------------------------ tests

    @ParameterizedTest
    @MethodSource("recordings")
    void readsWhatVersionOneWrote(Recording recording) throws Exception {
        Request request = recording.readRequest(recording.request().body());
        assertThat(Messages.requests()).contains(request);
        assertThat(recording.readResponse(recording.answer().body())).isEqualTo(Messages.answer(request));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void writesTheSameBytes(Recording recording) throws Exception {
        Request request = recording.readRequest(recording.request().body());
        assertThat(recording.write(request)).isEqualTo(recording.request().body());
        assertThat(recording.write(Messages.answer(request)))
                .isEqualTo(recording.answer().body());
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void findsTheSignaturesRight(Recording recording) {
        Map<String, String> headers = recording.request().headers();
        String text = headers.get(Call.HEADER);
        String digest = headers.get(Call.DIGEST_HEADER);
        Call call = Call.parse(text);
        assertThat(call).isNotNull();
        assertThat(call.protocol()).isEqualTo(1).isEqualTo(Header.PROTOCOL);
        assertThat(List.of(call.cluster(), call.from(), call.to())).containsExactly("orders", "a", "b");
        assertThat(digest).isEqualTo(Call.digest(recording.request().body()));
        byte[] mac = Call.decode(headers.get(Call.MAC_HEADER));
        String path = recording.kind().path();
        assertThat(KEY.signer(mac, Call.signedParts(path, text, digest))).isNotNull();
        Answered answer = recording.answer();
        assertThat(KEY.sending()
                        .verifies(
                                Call.decode(answer.headers().get(Call.MAC_HEADER)),
                                Call.signedParts(mac, answer.status(), "", answer.body())))
                .isTrue();
    }

    /** What a later version adds, at the front and at the end. */
    @ParameterizedTest
    @MethodSource("recordings")
    void skipsWhatItDoesNotKnow(Recording recording) throws Exception {
        byte[] request = recording.request().body();
        byte[] answer = recording.answer().body();
        assertThat(recording.readRequest(withMore(recording, request))).isEqualTo(recording.readRequest(request));
        assertThat(recording.readResponse(withMore(recording, answer))).isEqualTo(recording.readResponse(answer));
    }

    private static byte[] withMore(Recording recording, byte[] body) {
        String text = text(!recording.isCompact(), body);
        return recording.isCompact()
                // Field 900 as a number, and as text.
                ? HexFormat.of().parseHex("a03809" + text + "a238026869")
                : ("{\"later\":{\"list\":[1,\"two\",null]}," + text.substring(1)).getBytes(StandardCharsets.UTF_8);
    }

    /** The same within: a later version may add to each object, and to each message but a list. */
    @ParameterizedTest
    @MethodSource("recordings")
    void skipsWhatItDoesNotKnowWithin(Recording recording) throws Exception {
        byte[] request = recording.request().body();
        byte[] answer = recording.answer().body();
        byte[] moreAsked = withMoreWithin(recording, ProtocolDescription.requestOf(recording.kind()), request);
        byte[] moreAnswered = withMoreWithin(recording, ProtocolDescription.answerOf(recording.kind()), answer);
        assertThat(moreAsked).hasSizeGreaterThan(request.length);
        assertThat(recording.readRequest(moreAsked)).isEqualTo(recording.readRequest(request));
        assertThat(moreAnswered).hasSizeGreaterThan(answer.length);
        assertThat(recording.readResponse(moreAnswered)).isEqualTo(recording.readResponse(answer));
    }

    private static byte[] withMoreWithin(Recording recording, String name, byte[] body) throws IOException {
        return recording.isCompact()
                ? ProtocolDescription.read().withMore(name, body)
                : text(true, body)
                        .replace("{}", "{\"later\":[]}")
                        .replaceAll("\\{(?=\"(?!later))", "{\"later\":{\"list\":[1,\"two\",null]},")
                        .getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void everyFieldIsDescribed(Recording recording) throws IOException {
        if (recording.isCompact()) {
            ProtocolDescription description = ProtocolDescription.read();
            String request = ProtocolDescription.requestOf(recording.kind());
            String answer = ProtocolDescription.answerOf(recording.kind());
            assertThat(description.undescribed(request, recording.request().body()))
                    .as("in election.proto")
                    .isEmpty();
            assertThat(description.undescribed(answer, recording.answer().body()))
                    .as("in election.proto")
                    .isEmpty();
        }
    }

    /** Whoever adds a message records it: see above. */
    @Test
    void everyMessageIsRecordedInBothForms() throws Exception {
        for (boolean compact : new boolean[] {true, false}) {
            List<Request> recorded = new ArrayList<>();
            List<MessageKind> kinds = new ArrayList<>();
            for (Recording recording : recordings()) {
                if (recording.isCompact() == compact) {
                    recorded.add(recording.readRequest(recording.request().body()));
                    kinds.add(recording.kind());
                }
            }
            assertThat(recorded)
                    .as("recorded with -Delection.protocol.record, compact: %s", compact)
                    .containsExactlyInAnyOrderElementsOf(Messages.requests());
            assertThat(kinds).containsAll(Arrays.asList(MessageKind.values()));
        }
    }
}
