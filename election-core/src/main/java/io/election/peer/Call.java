package io.election.peer;

import io.election.core.Header;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Who calls whom: the value of the header {@value #HEADER}, seven words with a blank between them. The names are
 * percent-encoded, so the text reads one way only; it is signed as it stands. Further words are skipped: later versions may add some.
 *
 * @param protocol the version of the wire protocol
 * @param cluster the sender's cluster
 * @param from the sender
 * @param to the receiver; empty when the sender asks who answers
 * @param life drawn by the sender for one start of its client
 * @param challenge the receiver's, or empty where the sender has none yet
 * @param sequence rises with every request under one challenge
 */
record Call(int protocol, String cluster, String from, String to, String life, String challenge, long sequence) {

    static final String HEADER = "Election-Call";
    /** SHA-256 of a request's body. */
    static final String DIGEST_HEADER = "Election-Digest";
    /** HMAC of a request or an answer. */
    static final String MAC_HEADER = "Election-Mac";
    /** In an answer 401: what the next request is to carry. */
    static final String CHALLENGE_HEADER = "Election-Challenge";

    private static final byte[] REQUEST = ascii("election/1 request");
    private static final byte[] ANSWER = ascii("election/1 answer");
    private static final int LONGEST = 2048;
    /** A new one costs a look at all providers. */
    private static final Spares<MessageDigest> DIGESTS = new Spares<>(Call::newDigest);

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * The parts of a request that its HMAC covers. All of them stand before the body, and the digest for the body, so that
     * a stranger is known as one before any of the body is read.
     */
    static MacKey.Signed signedParts(String path, String call, String digest) {
        return signedParts(path, parts -> parts.text(call), parts -> parts.text(digest));
    }

    /** The same of a call and a digest that are parts of a message, and no strings. */
    static MacKey.Signed signedParts(String path, MacKey.Signed call, MacKey.Signed digest) {
        return parts -> {
            parts.bytes(REQUEST).text(path);
            call.addTo(parts);
            digest.addTo(parts);
        };
    }

    static String digest(byte[] body) {
        return encode(hash(body));
    }

    /** SHA-256 of a body. */
    static byte[] hash(byte[] body) {
        MessageDigest digest = DIGESTS.take();
        byte[] result = digest.digest(body);
        DIGESTS.giveBack(digest);
        return result;
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("SHA-256 is missing in this JVM", ex);
        }
    }

    /** The parts of an answer that its HMAC covers: among them the request's own, so that it answers that one only. */
    static MacKey.Signed signedParts(byte[] requestMac, int status, String challenge, byte[] body) {
        return parts -> parts.bytes(ANSWER)
                .bytes(requestMac)
                .number(status)
                .text(challenge)
                .bytes(body);
    }

    static String encode(byte[] mac) {
        return Base64Url.encode(mac);
    }

    static byte[] decode(@Nullable String mac) {
        return Base64Url.decode(mac);
    }

    static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return random;
    }

    /** What stays the same in every call of one sender to one receiver, up to the challenge. */
    static String prefix(String cluster, String from, String to, String life) {
        return prefix(Header.PROTOCOL, cluster, from, to, life);
    }

    /** The same in another version of the protocol. */
    static String prefix(int protocol, String cluster, String from, String to, String life) {
        return protocol + " " + word(cluster) + " " + word(from) + " " + word(to) + " " + life + " ";
    }

    static String text(String prefix, String challenge, long sequence) {
        return prefix + (challenge.isEmpty() ? "-" : challenge) + " " + sequence;
    }

    /**
     * Reads the header.
     *
     * @return the call, or {@code null} if the text is none
     */
    static @Nullable Call parse(@Nullable String text) {
        if (text == null) {
            return null;
        }
        byte[] letters = text.getBytes(StandardCharsets.ISO_8859_1);
        return parse(letters, 0, letters.length);
    }

    /** The same of a text with one letter in each byte. */
    static @Nullable Call parse(byte[] text, int from, int until) {
        if (until - from > LONGEST) {
            return null;
        }
        int protocol = blank(text, from, until);
        int cluster = blank(text, protocol + 1, until);
        int sender = blank(text, cluster + 1, until);
        int receiver = blank(text, sender + 1, until);
        int life = blank(text, receiver + 1, until);
        int challenge = blank(text, life + 1, until);
        if (challenge >= until) {
            return null;
        }
        String challenged = Words.of(text, life + 1, challenge);
        try {
            return new Call(
                    Math.toIntExact(number(text, from, protocol)),
                    name(Words.of(text, protocol + 1, cluster)),
                    name(Words.of(text, cluster + 1, sender)),
                    name(Words.of(text, sender + 1, receiver)),
                    Words.of(text, receiver + 1, life),
                    challenged.equals("-") ? "" : challenged,
                    number(text, challenge + 1, blank(text, challenge + 1, until)));
        } catch (IllegalArgumentException | ArithmeticException ex) {
            return null;
        }
    }

    /** Where the next blank is; the end, and beyond it, if there is none. */
    private static int blank(byte[] text, int from, int until) {
        int at = from;
        while (at < until && text[at] != ' ') {
            at++;
        }
        return at;
    }

    private static long number(byte[] text, int from, int until) {
        if (from >= until) {
            throw new NumberFormatException("no number");
        }
        long number = 0;
        for (int at = from; at < until; at++) {
            int digit = text[at] - '0';
            if (digit < 0 || digit > 9) {
                throw new NumberFormatException("no number");
            }
            number = Math.addExact(Math.multiplyExact(number, 10L), digit);
        }
        return number;
    }

    private static String word(String name) {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
        return encoded.isEmpty() ? "-" : encoded.equals("-") ? "%2D" : encoded;
    }

    private static String name(String word) {
        boolean plain = word.indexOf('%') < 0 && word.indexOf('+') < 0;
        return word.equals("-") ? "" : plain ? word : URLDecoder.decode(word, StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
