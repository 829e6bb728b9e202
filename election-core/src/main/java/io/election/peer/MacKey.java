package io.election.peer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key for HMAC-SHA256 over a list of parts, each with its length before it, so that no two lists read alike. */
final class MacKey {

    private static final String ALGORITHM = "HmacSHA256";

    private static final int KEPT = 8;

    private final SecretKeySpec key;
    /** Ready to be used again: each is back at its key after every use, and a new one costs a look at all providers. */
    private final ArrayDeque<Mac> idle = new ArrayDeque<>();

    MacKey(byte[] secret) {
        key = new SecretKeySpec(secret, ALGORITHM);
        idle.add(newMac());
    }

    MacKey(String secret) {
        this(secret.getBytes(StandardCharsets.UTF_8));
    }

    byte[] mac(byte[]... parts) {
        Mac mac = take();
        byte[] length = new byte[Integer.BYTES];
        for (byte[] part : parts) {
            length[0] = (byte) (part.length >>> 24);
            length[1] = (byte) (part.length >>> 16);
            length[2] = (byte) (part.length >>> 8);
            length[3] = (byte) part.length;
            mac.update(length);
            mac.update(part);
        }
        byte[] result = mac.doFinal();
        // Not after an error within: then it is not back at its key.
        giveBack(mac);
        return result;
    }

    boolean verifies(byte[] mac, byte[]... parts) {
        return MessageDigest.isEqual(mac(parts), mac);
    }

    private Mac take() {
        synchronized (idle) {
            Mac mac = idle.poll();
            if (mac != null) {
                return mac;
            }
        }
        return newMac();
    }

    private void giveBack(Mac mac) {
        synchronized (idle) {
            if (idle.size() < KEPT) {
                idle.push(mac);
            }
        }
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
