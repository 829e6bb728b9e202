package io.election.peer;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The first line and the headers of an HTTP message, in the buffer that they were read into. */
final class HttpHead {

    private final byte[] bytes;
    private final int end;
    private final int firstLine;

    /**
     * Takes a head.
     *
     * @param bytes begin with it
     * @param end where it ends, the empty line included
     * @throws ProtocolException if a header is none
     */
    HttpHead(byte[] bytes, int end) throws ProtocolException {
        this.bytes = bytes;
        this.end = end;
        firstLine = lineEnd(0);
        for (int at = firstLine + 1; at < end; ) {
            int line = lineEnd(at);
            // A header that goes on in the next line is from another time, and read differently by different readers.
            if (!isEmpty(at, line) && (bytes[at] <= ' ' || colon(at, line) < 0)) {
                throw new ProtocolException("a line of its head is no header");
            }
            at = line + 1;
        }
    }

    /** Where a head ends, or -1 if it does not yet. Lines may end without a carriage return. */
    static int end(byte[] bytes, int from, int until) {
        for (int i = from; i < until; i++) {
            if (bytes[i] == '\n'
                    && i > 0
                    && (bytes[i - 1] == '\n' || (i > 1 && bytes[i - 1] == '\r' && bytes[i - 2] == '\n'))) {
                return i + 1;
            }
        }
        return -1;
    }

    private int lineEnd(int from) {
        int at = from;
        while (at < end && bytes[at] != '\n') {
            at++;
        }
        return at;
    }

    private boolean isEmpty(int from, int lineEnd) {
        return from == lineEnd || (from + 1 == lineEnd && bytes[from] == '\r');
    }

    private int colon(int from, int lineEnd) {
        for (int at = from; at < lineEnd; at++) {
            if (bytes[at] == ':') {
                return at;
            }
        }
        return -1;
    }

    private String text(int from, int until) {
        int begin = from;
        int stop = until;
        while (begin < stop && bytes[begin] <= ' ' && bytes[begin] >= 0) {
            begin++;
        }
        while (begin < stop && bytes[stop - 1] <= ' ' && bytes[stop - 1] >= 0) {
            stop--;
        }
        return new String(bytes, begin, stop - begin, StandardCharsets.ISO_8859_1);
    }

    /** The first line, such as {@code POST /election/vote HTTP/1.1}. */
    String firstLine() {
        return text(0, firstLine);
    }

    /** A header's value, or {@code null}. */
    @Nullable String header(String name) {
        int found = find(name, firstLine + 1);
        return found < 0 ? null : text(found + name.length() + 1, lineEnd(found));
    }

    private int find(String name, int from) {
        int at = from;
        while (at < end) {
            int line = lineEnd(at);
            if (isNamed(name, at, line)) {
                return at;
            }
            at = line + 1;
        }
        return -1;
    }

    private boolean isNamed(String name, int at, int lineEnd) {
        int length = name.length();
        if (at + length >= lineEnd || bytes[at + length] != ':') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (lower(bytes[at + i]) != lower((byte) name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
    }

    /**
     * The length of the body.
     *
     * @return bytes, or -1 where none is given
     * @throws ProtocolException if it cannot be read, or is given twice
     */
    long contentLength() throws ProtocolException {
        int found = find("Content-Length", firstLine + 1);
        if (found < 0) {
            return -1;
        }
        String value = text(found + "Content-Length".length() + 1, lineEnd(found));
        if (find("Content-Length", lineEnd(found) + 1) >= 0 || !isNumber(value)) {
            throw new ProtocolException("its Content-Length is no one number");
        }
        return Long.parseLong(value);
    }

    private static boolean isNumber(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '0' || value.charAt(i) > '9') {
                return false;
            }
        }
        return !value.isEmpty() && value.length() < 19;
    }

    /**
     * Whether the body comes in chunks.
     *
     * @throws ProtocolException if it comes in another way that is not read here, or has a length besides
     */
    boolean isChunked() throws ProtocolException {
        String encoding = header("Transfer-Encoding");
        if (encoding == null) {
            return false;
        }
        if (!encoding.equalsIgnoreCase("chunked") || find("Content-Length", firstLine + 1) >= 0) {
            throw new ProtocolException("its Transfer-Encoding is not read here");
        }
        return true;
    }

    /** Whether the connection may be used for another message after this one. */
    boolean keepsConnection() {
        String connection = header("Connection");
        String wish = connection == null ? "" : connection.toLowerCase(Locale.ROOT);
        return firstLine().contains("HTTP/1.1") ? !wish.contains("close") : wish.contains("keep-alive");
    }
}
