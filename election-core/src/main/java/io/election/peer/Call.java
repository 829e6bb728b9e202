package io.election.peer;

import io.election.core.Header;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Base64;
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
    private static final int WORDS = 7;
    /** Ready to be used again: a new one costs a look at all providers. */
    private static final ArrayDeque<MessageDigest> DIGESTS = new ArrayDeque<>();

    private static final int KEPT_DIGESTS = 8;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * The parts of a request that its HMAC covers. All of them stand before the body, and the digest for the body, so that
     * a stranger is known as one before any of the body is read.
     */
    static byte[][] signedParts(String path, String call, String digest) {
        return new byte[][] {REQUEST, ascii(path), ascii(call), ascii(digest)};
    }

    static String digest(byte[] body) {
        MessageDigest digest;
        synchronized (DIGESTS) {
            digest = DIGESTS.poll();
        }
        if (digest == null) {
            digest = newDigest();
        }
        String result = encode(digest.digest(body));
        // Not after an error within: then it has not begun anew.
        synchronized (DIGESTS) {
            if (DIGESTS.size() < KEPT_DIGESTS) {
                DIGESTS.push(digest);
            }
        }
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
    static byte[][] signedParts(byte[] requestMac, int status, String challenge, byte[] body) {
        return new byte[][] {
            ANSWER,
            requestMac,
            ByteBuffer.allocate(Integer.BYTES).putInt(status).array(),
            ascii(challenge),
            body
        };
    }

    static String encode(byte[] mac) {
        return ENCODER.encodeToString(mac);
    }

    static byte[] decode(@Nullable String mac) {
        try {
            return mac == null ? new byte[0] : Base64.getUrlDecoder().decode(mac);
        } catch (IllegalArgumentException ex) {
            return new byte[0];
        }
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
        if (text == null || text.length() > LONGEST) {
            return null;
        }
        int[] blanks = new int[WORDS];
        int found = 0;
        for (int at = text.indexOf(' '); at >= 0 && found < WORDS; at = text.indexOf(' ', at + 1)) {
            blanks[found++] = at;
        }
        if (found < WORDS - 1) {
            return null;
        }
        int end = found == WORDS ? blanks[WORDS - 1] : text.length();
        String challenge = text.substring(blanks[4] + 1, blanks[5]);
        try {
            return new Call(
                    Integer.parseInt(text, 0, blanks[0], 10),
                    name(text.substring(blanks[0] + 1, blanks[1])),
                    name(text.substring(blanks[1] + 1, blanks[2])),
                    name(text.substring(blanks[2] + 1, blanks[3])),
                    text.substring(blanks[3] + 1, blanks[4]),
                    challenge.equals("-") ? "" : challenge,
                    Long.parseLong(text, blanks[5] + 1, end, 10));
        } catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
            return null;
        }
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
