package io.election.peer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key for HMAC-SHA256 over a list of parts, each with its length before it, so that no two lists read alike. */
final class MacKey {

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;
    /** Each is back at its key after every use, and a new one costs a look at all providers. */
    private final Spares<Parts> spares = new Spares<>(() -> new Parts(newMac()));

    /** What is signed. */
    interface Signed {

        /** Adds all its parts, in their order. */
        void addTo(Parts parts);
    }

    /** Takes the parts of what is signed. */
    static final class Parts {

        private final Mac mac;
        private byte[] buffer = new byte[256];

        Parts(Mac mac) {
            this.mac = mac;
        }

        Parts bytes(byte[] part) {
            return bytes(part, 0, part.length);
        }

        Parts bytes(byte[] part, int from, int until) {
            length(until - from);
            mac.update(part, from, until - from);
            return this;
        }

        /** A text of ASCII; what is none counts as a question mark. */
        Parts text(String part) {
            int length = part.length();
            length(length);
            if (length > buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.max(length, 2 * buffer.length));
            }
            for (int i = 0; i < length; i++) {
                char letter = part.charAt(i);
                buffer[i] = letter < 128 ? (byte) letter : (byte) '?';
            }
            mac.update(buffer, 0, length);
            return this;
        }

        Parts number(int part) {
            length(Integer.BYTES);
            integer(part);
            return this;
        }

        private void length(int length) {
            integer(length);
        }

        private void integer(int number) {
            buffer[0] = (byte) (number >>> 24);
            buffer[1] = (byte) (number >>> 16);
            buffer[2] = (byte) (number >>> 8);
            buffer[3] = (byte) number;
            mac.update(buffer, 0, Integer.BYTES);
        }
    }

    MacKey(byte[] secret) {
        key = new SecretKeySpec(secret, ALGORITHM);
        // A secret that is no key is refused here, and not with the first message.
        spares.giveBack(new Parts(newMac()));
    }

    MacKey(String secret) {
        this(secret.getBytes(StandardCharsets.UTF_8));
    }

    byte[] mac(Signed signed) {
        Parts parts = spares.take();
        signed.addTo(parts);
        byte[] result = parts.mac.doFinal();
        spares.giveBack(parts);
        return result;
    }

    byte[] mac(byte[]... list) {
        return mac(all(list));
    }

    boolean verifies(byte[] mac, Signed signed) {
        return MessageDigest.isEqual(mac(signed), mac);
    }

    boolean verifies(byte[] mac, byte[]... list) {
        return verifies(mac, all(list));
    }

    private static Signed all(byte[][] list) {
        return parts -> {
            for (byte[] part : list) {
                parts.bytes(part);
            }
        };
    }

    private Mac newMac() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (InvalidKeyException ex) {
            throw new IllegalArgumentException("the secret is no key", ex);
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException(ALGORITHM + " is missing in this JVM", ex);
        }
    }
}
