package io.election.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Base64 for urls (RFC 4648, section 5) without padding, read and written where the text is: each message has several such values. */
final class Base64Url {

    private static final byte[] LETTERS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VALUES = new byte[128];
    private static final byte[] NONE = {};

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int value = 0; value < LETTERS.length; value++) {
            VALUES[LETTERS[value]] = (byte) value;
        }
    }

    private Base64Url() {}

    /** How long the text of so many bytes is. */
    static int length(int bytes) {
        return (bytes * 8 + 5) / 6;
    }

    /** Writes the text of some bytes. */
    static void encode(byte[] bytes, byte[] into, int at) {
        int out = at;
        int bits = 0;
        int held = 0;
        for (byte next : bytes) {
            bits = bits << 8 | next & 0xff;
            held += 8;
            while (held >= 6) {
                held -= 6;
                into[out++] = LETTERS[bits >>> held & 0x3f];
            }
        }
        if (held > 0) {
            into[out] = LETTERS[bits << 6 - held & 0x3f];
        }
    }

    @SuppressWarnings("deprecation") // It makes a string of bytes that are Latin letters, in one go.
    static String encode(byte[] bytes) {
        byte[] text = new byte[length(bytes.length)];
        encode(bytes, text, 0);
        return new String(text, 0);
    }

    /** The bytes of a text; none if it is {@code null}, or something else. */
    static byte[] decode(@Nullable String text) {
        if (text == null) {
            return NONE;
        }
        // What is no Latin letter becomes a question mark, which is none of Base64 either.
        byte[] letters = text.getBytes(StandardCharsets.ISO_8859_1);
        return decode(letters, 0, letters.length);
    }

    /** The same of a text with one letter in each byte. */
    static byte[] decode(byte[] text, int from, int until) {
        int chars = until - from;
        if (chars % 4 == 1) {
            return NONE;
        }
        byte[] bytes = new byte[chars * 6 / 8];
        int length = 0;
        int bits = 0;
        int held = 0;
        for (int at = from; at < until; at++) {
            int value = text[at] < 0 ? -1 : VALUES[text[at]];
            if (value < 0) {
                return NONE;
            }
            bits = bits << 6 | value;
            held += 6;
            if (held >= 8) {
                held -= 8;
                bytes[length++] = (byte) (bits >>> held);
            }
        }
        return bytes;
    }
}
