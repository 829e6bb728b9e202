package io.election.benchmarks.path;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** HTTP/1.1 as the hand-written candidates speak it. */
final class Http {

    static final String CALL = "1 orders a b 0123456789abcdefghijkl zyxwvutsrqponmlkjihgf 123456";
    static final String TYPE = "application/vnd.election";

    private static final byte[] REQUEST =
            ascii("POST /election/heartbeat HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nElection-Call: " + CALL
                    + "\r\nContent-Type: " + TYPE + "\r\nContent-Length: ");
    private static final byte[] ANSWER = ascii("HTTP/1.1 200 OK\r\nContent-Type: " + TYPE + "\r\nContent-Length: ");
    private static final byte[] LENGTH = ascii("content-length");

    private Http() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] request(byte[] body) {
        return message(REQUEST, body);
    }

    static byte[] answer(byte[] body) {
        return message(ANSWER, body);
    }

    private static byte[] message(byte[] head, byte[] body) {
        byte[] length = ascii(Integer.toString(body.length));
        byte[] message = new byte[head.length + length.length + 4 + body.length];
        System.arraycopy(head, 0, message, 0, head.length);
        int at = head.length;
        System.arraycopy(length, 0, message, at, length.length);
        at += length.length;
        message[at++] = '\r';
        message[at++] = '\n';
        message[at++] = '\r';
        message[at++] = '\n';
        System.arraycopy(body, 0, message, at, body.length);
        return message;
    }

    /** Where the head of a message ends, or -1. */
    static int endOfHead(byte[] buffer, int length) {
        for (int i = 3; i < length; i++) {
            if (buffer[i] == '\n' && buffer[i - 1] == '\r' && buffer[i - 2] == '\n' && buffer[i - 3] == '\r') {
                return i + 1;
            }
        }
        return -1;
    }

    /** The length of the body after a head. */
    static int contentLength(byte[] buffer, int head) {
        int line = 0;
        for (int i = 0; i < head; i++) {
            if (buffer[i] == '\n') {
                line = i + 1;
            } else if (buffer[i] == ':' && i - line == LENGTH.length && isLength(buffer, line)) {
                int value = 0;
                for (int at = i + 1; buffer[at] != '\r'; at++) {
                    if (buffer[at] != ' ') {
                        value = value * 10 + buffer[at] - '0';
                    }
                }
                return value;
            }
        }
        throw new IllegalStateException("no length");
    }

    private static boolean isLength(byte[] buffer, int line) {
        for (int i = 0; i < LENGTH.length; i++) {
            if ((buffer[line + i] | 0x20) != LENGTH[i] && buffer[line + i] != '-') {
                return false;
            }
        }
        return true;
    }

    /** Reads one message; its body. Nothing follows it before it is answered. */
    static byte[] read(InputStream in, byte[] buffer) throws IOException {
        int length = 0;
        int head = -1;
        int whole = Integer.MAX_VALUE;
        while (length < whole) {
            int read = in.read(buffer, length, buffer.length - length);
            if (read < 0) {
                throw new EOFException();
            }
            length += read;
            if (head < 0) {
                head = endOfHead(buffer, length);
                if (head >= 0) {
                    whole = head + contentLength(buffer, head);
                }
            }
        }
        return java.util.Arrays.copyOfRange(buffer, head, whole);
    }
}
