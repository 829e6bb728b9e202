package io.election.peer;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first line and the headers of an HTTP message, in the buffer that they were read into. It is used again for the next one.
 */
final class HttpHead {

    private static final int FIRST_LINES = 16;
    private static final int LONGEST_NUMBER = 18;
    /** What is longer, such as a signature, hardly comes again. */
    private static final int LONGEST_WORD = 40;

    private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/', '1', '.', '1'};

    private byte[] bytes = {};
    private int firstLine;
    /** Each header's line: where it begins, where its colon is, and where it ends. */
    private int[] begins = new int[FIRST_LINES];

    private int[] colons = new int[FIRST_LINES];
    private int[] ends = new int[FIRST_LINES];
    private int headers;

    /**
     * Takes the head of another message.
     *
     * @param head begins with it, and stays as it is for as long as this is used
     * @param end where it ends, the empty line included
     * @return this
     * @throws ProtocolException if a header is none
     */
    HttpHead take(byte[] head, int end) throws ProtocolException {
        bytes = head;
        headers = 0;
        int begin = 0;
        int colon = -1;
        boolean first = true;
        // Each byte is looked at once: there are ten times as many bytes as anything else in a heartbeat.
        for (int at = 0; at < end; at++) {
            byte next = head[at];
            if (next == ':' && colon < 0) {
                colon = at;
            } else if (next == '\n') {
                if (first) {
                    firstLine = at;
                    first = false;
                } else if (!isEmpty(begin, at)) {
                    header(begin, colon, at);
                }
                begin = at + 1;
                colon = -1;
            }
        }
        return this;
    }

    private void header(int begin, int colon, int end) throws ProtocolException {
        // A header that goes on in the next line is from another time, and read differently by different readers.
        if (bytes[begin] <= ' ' || colon < 0) {
            throw new ProtocolException("a line of its head is no header");
        }
        if (headers == begins.length) {
            begins = Arrays.copyOf(begins, 2 * headers);
            colons = Arrays.copyOf(colons, 2 * headers);
            ends = Arrays.copyOf(ends, 2 * headers);
        }
        begins[headers] = begin;
        colons[headers] = colon;
        ends[headers] = end;
        headers++;
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

    private boolean isEmpty(int from, int lineEnd) {
        return from == lineEnd || (from + 1 == lineEnd && bytes[from] == '\r');
    }

    private String text(int from, int until) {
        int begin = begin(from, until);
        int end = end(begin, until);
        return end - begin > LONGEST_WORD
                ? new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1)
                : Words.of(bytes, begin, end);
    }

    /** Where text begins that may have blanks before it. */
    private int begin(int from, int until) {
        int begin = from;
        while (begin < until && bytes[begin] <= ' ' && bytes[begin] >= 0) {
            begin++;
        }
        return begin;
    }

    /** Where text ends that may have blanks behind it. */
    private int end(int from, int until) {
        int end = until;
        while (end > from && bytes[end - 1] <= ' ' && bytes[end - 1] >= 0) {
            end--;
        }
        return end;
    }

    /** The first line, such as {@code POST /election/vote HTTP/1.1}. */
    String firstLine() {
        return text(0, firstLine);
    }

    /** The method of a request. */
    String method() {
        return word(0);
    }

    /** What a request is for, as it came: the path, and what follows it. */
    String target() {
        return word(1);
    }

    private String word(int number) {
        int from = 0;
        for (int passed = 0; passed < number; passed++) {
            from = wordEnd(from) + 1;
        }
        return from >= firstLine ? "" : text(from, wordEnd(from));
    }

    private int wordEnd(int from) {
        int at = from;
        while (at < firstLine && bytes[at] != ' ') {
            at++;
        }
        return at;
    }

    /** Whether there is such a header. */
    boolean has(String name) {
        return find(name, 0) >= 0;
    }

    /** A header's value as a part of what is signed, just as it came; the header must be there. */
    MacKey.Signed signed(String name) {
        int found = find(name, 0);
        int begin = begin(colons[found] + 1, ends[found]);
        int end = end(begin, ends[found]);
        return parts -> parts.bytes(bytes, begin, end);
    }

    /** Who calls whom, or {@code null} if the head does not say so. */
    @Nullable Call call() {
        int found = find(Call.HEADER, 0);
        if (found < 0) {
            return null;
        }
        int begin = begin(colons[found] + 1, ends[found]);
        return Call.parse(bytes, begin, end(begin, ends[found]));
    }

    /** The bytes of a header's value in Base64; none if there is no such header, or it is something else. */
    byte[] base64(String name) {
        int found = find(name, 0);
        if (found < 0) {
            return Base64Url.decode(null);
        }
        int begin = begin(colons[found] + 1, ends[found]);
        return Base64Url.decode(bytes, begin, end(begin, ends[found]));
    }

    /** A header's value, or {@code null}. */
    @Nullable String header(String name) {
        int found = find(name, 0);
        return found < 0 ? null : text(colons[found] + 1, ends[found]);
    }

    private int find(String name, int from) {
        int length = name.length();
        for (int i = from; i < headers; i++) {
            if (colons[i] - begins[i] == length && isNamed(name, begins[i])) {
                return i;
            }
        }
        return -1;
    }

    private boolean isNamed(String name, int begin) {
        for (int i = 0; i < name.length(); i++) {
            if (lower(bytes[begin + i]) != lower((byte) name.charAt(i))) {
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
        int found = find("Content-Length", 0);
        if (found < 0) {
            return -1;
        }
        int begin = begin(colons[found] + 1, ends[found]);
        int end = end(begin, ends[found]);
        if (find("Content-Length", found + 1) >= 0 || end == begin || end - begin > LONGEST_NUMBER) {
            throw new ProtocolException("its Content-Length is no one number");
        }
        long length = 0;
        for (int at = begin; at < end; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                throw new ProtocolException("its Content-Length is no one number");
            }
            length = 10 * length + digit;
        }
        return length;
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
        if (!encoding.equalsIgnoreCase("chunked") || find("Content-Length", 0) >= 0) {
            throw new ProtocolException("its Transfer-Encoding is not read here");
        }
        return true;
    }

    /** Whether the connection may be used for another message after this one. */
    boolean keepsConnection() {
        String connection = header("Connection");
        boolean current = isCurrent();
        if (connection == null) {
            return current;
        }
        String wish = connection.toLowerCase(Locale.ROOT);
        return current ? !wish.contains("close") : wish.contains("keep-alive");
    }

    /** Whether the first line says HTTP/1.1, at its beginning in an answer or at its end in a request. */
    private boolean isCurrent() {
        int end = end(0, firstLine);
        return end >= VERSION.length
                && (Arrays.equals(bytes, 0, VERSION.length, VERSION, 0, VERSION.length)
                        || Arrays.equals(bytes, end - VERSION.length, end, VERSION, 0, VERSION.length));
    }

    /** The status of an answer, or -1 if the first line is not that of one. */
    int status() {
        if (firstLine < 12 || bytes[8] != ' ' || !Arrays.equals(bytes, 0, 7, VERSION, 0, 7)) {
            return -1;
        }
        int status = 0;
        for (int at = 9; at < 12; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            status = 10 * status + digit;
        }
        return status;
    }
}
