package io.election.peer;

import io.election.core.Header;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Who calls whom: the value of the header {@value #HEADER}, seven words with a blank between them. The names are
 * percent-encoded, so the text reads one way only; it is signed as it stands.
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
    /** An answer's body, where the server sends it in a header: see {@link PeerServer}. */
    static final String BODY_HEADER = "Election-Body";

    private static final byte[] REQUEST = ascii("election/1 request");
    private static final byte[] ANSWER = ascii("election/1 answer");
    private static final int LONGEST = 2048;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * The parts of a request that its HMAC covers. All of them stand before the body, and the digest for the body, so that
     * a stranger is known as one before any of the body is read.
     */
    static byte[][] signedParts(String path, String call, String digest) {
        return new byte[][] {REQUEST, ascii(path), ascii(call), ascii(digest)};
    }

    static String digest(byte[] body) {
        try {
            return encode(MessageDigest.getInstance("SHA-256").digest(body));
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
        return Base64.getUrlEncoder().withoutPadding().encodeToString(mac);
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
        return Header.PROTOCOL + " " + word(cluster) + " " + word(from) + " " + word(to) + " " + life + " ";
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
        String[] words = text.split(" ", -1);
        try {
            if (words.length < 7) {
                return null;
            }
            return new Call(
                    Integer.parseInt(words[0]),
                    name(words[1]),
                    name(words[2]),
                    name(words[3]),
                    words[4],
                    words[5].equals("-") ? "" : words[5],
                    Long.parseLong(words[6]));
        } catch (IllegalArgumentException ex) {
            return null;
        }
    }

    private static String word(String name) {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
        return encoded.isEmpty() ? "-" : encoded.equals("-") ? "%2D" : encoded;
    }

    private static String name(String word) {
        return word.equals("-") ? "" : URLDecoder.decode(word, StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
