package io.election.peer;

import io.election.core.Message;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What names the cluster in each call: its own name, and where its members are found under a name, that name too. Two deployments that
 * share a cluster's name and a secret, but not the name under which their members are found, refuse each other.
 */
final class ClusterName {

    private final String own;
    private volatile String full;

    /** The name of a cluster whose members are listed. */
    ClusterName(String own) {
        this.own = own;
        this.full = own;
    }

    /** What a call says. */
    String now() {
        return full;
    }

    /**
     * Its members are found under a name.
     *
     * @return whether calls say something else from now on
     */
    boolean foundUnder(String name) {
        String before = full;
        // DNS does not tell upper case from lower.
        String found = name.toLowerCase(Locale.ROOT);
        String whole = own + "/" + found;
        full = whole.length() <= Message.LONGEST_NAME ? whole : own + "/" + digest(found);
        return !full.equals(before);
    }

    /** Of a name that is longer than a message may say. */
    private static String digest(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 20);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
