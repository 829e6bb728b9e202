package io.election.peer;

import java.util.Arrays;

/** One HTTP message that is being put together, to be written in one piece. It is used again for the next one. */
final class HttpWriter {

    private byte[] bytes = new byte[1024];
    private int length;

    /** Begins the next message. */
    HttpWriter begin() {
        length = 0;
        return this;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    private void room(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    /** Adds text of Latin letters. */
    @SuppressWarnings(
            "deprecation") // It drops the upper half of each char, which Latin letters do not have, and copies in one
    // go.
    HttpWriter text(String text) {
        int chars = text.length();
        room(chars);
        text.getBytes(0, chars, bytes, length);
        length += chars;
        return this;
    }

    HttpWriter bytes(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    /** Adds a number that is not negative. */
    HttpWriter number(long number) {
        long rest = number;
        long scale = 1;
        while (rest / scale >= 10) {
            scale *= 10;
        }
        room(20);
        for (; scale > 0; scale /= 10) {
            bytes[length++] = (byte) ('0' + rest / scale);
            rest %= scale;
        }
        return this;
    }

    /** Adds bytes as the text of Base64. */
    HttpWriter base64(byte[] value) {
        int chars = Base64Url.length(value.length);
        room(chars);
        Base64Url.encode(value, bytes, length);
        length += chars;
        return this;
    }

    /** What was added since the message was so long, as a part of what is signed. */
    MacKey.Signed since(int from) {
        int until = length;
        return parts -> parts.bytes(bytes, from, until);
    }

    HttpWriter header(String name, String value) {
        return text(name).text(": ").text(value).text("\r\n");
    }

    /** Ends the head, and adds the body. */
    HttpWriter body(byte[] body) {
        return text("Content-Length: ").number(body.length).text("\r\n\r\n").bytes(body);
    }
}
