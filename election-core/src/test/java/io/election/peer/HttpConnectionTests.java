package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpConnectionTests {

    private ServerSocket server;
    private Socket other;
    private HttpConnection connection;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        other = new Socket(server.getInetAddress(), server.getLocalPort());
        connection = HttpConnection.accept(server.accept(), null, false, Long.MAX_VALUE);
        connection.readUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(50));
    }

    @AfterEach
    void close() throws IOException {
        connection.close();
        other.close();
        server.close();
    }

    private void send(String text) throws IOException {
        other.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String body(HttpHead head) throws IOException {
        return new String(connection.readBody(head, true, 100), StandardCharsets.ISO_8859_1);
    }

    @Test
    void readsOneMessageAfterTheOther() throws Exception {
        send("POST /a HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 5\r\n\r\nfirst"
                + "POST /b HTTP/1.1\nContent-Length:6 \nX-Empty:\n\nsecond");
        HttpHead first = connection.readHead();
        assertThat(first.firstLine()).isEqualTo("POST /a HTTP/1.1");
        assertThat(first.header("HOST")).isEqualTo("x");
        assertThat(first.header("Hos")).isNull();
        assertThat(body(first)).isEqualTo("first");
        assertThat(first.header("host")).as("after the body").isEqualTo("x");
        HttpHead second = connection.readHead();
        assertThat(second.firstLine()).isEqualTo("POST /b HTTP/1.1");
        assertThat(second.header("x-empty")).isEmpty();
        assertThat(body(second)).isEqualTo("second");
        other.shutdownOutput();
        assertThat(connection.awaitMessage()).isFalse();
    }

    @Test
    void readsBodiesInChunks() throws Exception {
        send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\nfirst\r\nA\r\n and secon\r\n0\r\nX: y\r\n\r\n"
                        + "HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(body(connection.readHead())).isEqualTo("first and secon");
    }

    @Test
    void readsABodyOfUnknownLengthUpToTheEnd() throws Exception {
        send("HTTP/1.0 200 OK\r\n\r\nall of it");
        other.shutdownOutput();
        HttpHead head = connection.readHead();
        assertThat(head.keepsConnection()).isFalse();
        assertThat(new String(connection.readBody(head, false, 100), StandardCharsets.US_ASCII))
                .isEqualTo("all of it");
    }

    @Test
    void refusesBodiesThatAreTooLong() throws Exception {
        send("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n");
        assertThatExceptionOfType(BodyTooLongException.class)
                .isThrownBy(() -> connection.readBody(connection.readHead(), true, 100));
        send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n");
        assertThatExceptionOfType(BodyTooLongException.class)
                .isThrownBy(() -> connection.readBody(connection.readHead(), true, 100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length:",
                "Content-Length: 99999999999999999999",
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: gzip, chunked"
            })
    void refusesBodiesWhoseLengthCanBeReadInTwoWays(String headers) throws Exception {
        send("POST / HTTP/1.1\r\n" + headers + "\r\n\r\nfirst");
        HttpHead head = connection.readHead();
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> connection.readBody(head, true, 100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"folded: a\r\n b: c", "no header at all", " : x"})
    void refusesHeadersThatAreNone(String header) throws Exception {
        send("POST / HTTP/1.1\r\n" + header + "\r\n\r\n");
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> connection.readHead());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\r\nfirst", "-1\r\n", "\r\n", "2\r\nfirst\r\n"})
    void refusesChunksThatAreNone(String chunks) throws Exception {
        send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        HttpHead head = connection.readHead();
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> connection.readBody(head, true, 100));
    }

    @Test
    void refusesALongHead() throws Exception {
        send("POST / HTTP/1.1\r\nX: " + "x".repeat(HttpConnection.LONGEST_HEAD * 2));
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> connection.readHead())
                .withMessage("its head has more than 16384 bytes");
    }

    @Test
    void saysWhereTheConnectionEnded() throws Exception {
        send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nfir");
        other.shutdownOutput();
        HttpHead head = connection.readHead();
        assertThatExceptionOfType(EOFException.class)
                .isThrownBy(() -> connection.readBody(head, true, 100))
                .withMessage("it ended within the body");
        assertThatExceptionOfType(EOFException.class)
                .isThrownBy(() -> connection.readHead())
                .withMessage("it sent nothing");
    }

    @Test
    void waitsNoLongerThanTheTimeForTheWhole() throws Exception {
        send("POST / HT");
        connection.readUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20));
        assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> connection.readHead());
    }
}
