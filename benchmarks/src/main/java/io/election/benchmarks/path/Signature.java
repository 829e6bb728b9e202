package io.election.benchmarks.path;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The HMAC of one message, as 32 bytes in front of its body. For one thread. */
final class Signature {

    static final int LENGTH = 32;

    private final Mac mac;

    Signature() {
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec("a secret of the benchmark".getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException(ex);
        }
    }

    byte[] sign(byte[] body) {
        byte[] signed = new byte[LENGTH + body.length];
        System.arraycopy(body, 0, signed, LENGTH, body.length);
        System.arraycopy(mac.doFinal(body), 0, signed, 0, LENGTH);
        return signed;
    }

    byte[] check(byte[] signed) {
        mac.update(signed, LENGTH, signed.length - LENGTH);
        byte[] expected = mac.doFinal();
        if (!MessageDigest.isEqual(expected, java.util.Arrays.copyOf(signed, LENGTH))) {
            throw new IllegalStateException("not signed");
        }
        return java.util.Arrays.copyOfRange(signed, LENGTH, signed.length);
    }
}
