package io.election.peer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key for HMAC-SHA256 over a list of parts, each with its length before it, so that no two lists read alike. */
final class MacKey {

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;
    /** Only ever cloned: a clone is far cheaper than a new instance. */
    private final Mac keyed;

    MacKey(byte[] secret) {
        key = new SecretKeySpec(secret, ALGORITHM);
        keyed = newMac();
    }

    MacKey(String secret) {
        this(secret.getBytes(StandardCharsets.UTF_8));
    }

    byte[] mac(byte[]... parts) {
        Mac mac = fresh();
        byte[] length = new byte[Integer.BYTES];
        for (byte[] part : parts) {
            length[0] = (byte) (part.length >>> 24);
            length[1] = (byte) (part.length >>> 16);
            length[2] = (byte) (part.length >>> 8);
            length[3] = (byte) part.length;
            mac.update(length);
            mac.update(part);
        }
        return mac.doFinal();
    }

    boolean verifies(byte[] mac, byte[]... parts) {
        return MessageDigest.isEqual(mac(parts), mac);
    }

    private Mac fresh() {
        try {
            return (Mac) keyed.clone();
        } catch (CloneNotSupportedException ex) {
            return newMac();
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
