package io.election.peer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How members know each other. Nothing of a message is believed before it has passed (safety rule 14). */
public sealed interface PeerAuthentication {

    /**
     * The secret that requests and answers are signed with.
     *
     * @return the secret, or {@code null} where nothing is signed
     */
    @Nullable SharedSecret secret();

    /**
     * All members hold one secret. It proves membership, not identity: a member that lies can pass for another. Bodies
     * can be read on the way, but neither changed nor played again.
     */
    final class SharedSecret implements PeerAuthentication {

        /** Shorter secrets are refused: they can be guessed from one recorded request. */
        public static final int SHORTEST = 16;

        private final MacKey sending;
        private final List<MacKey> receiving;

        /**
         * Creates the strategy. To change a secret without a pause, let every member accept the new one, then send it,
         * then drop the old one.
         *
         * @param secret signs this member's requests, and is accepted too
         * @param accepted other secrets that peers may still, or already, send with
         * @throws IllegalArgumentException if one has fewer than {@value #SHORTEST} characters
         */
        public SharedSecret(String secret, List<String> accepted) {
            sending = key(secret);
            List<MacKey> keys = new ArrayList<>();
            keys.add(sending);
            accepted.forEach(other -> keys.add(key(other)));
            receiving = List.copyOf(keys);
        }

        private static MacKey key(String secret) {
            if (secret.length() < SHORTEST) {
                throw new IllegalArgumentException(
                        "a secret must have at least " + SHORTEST + " characters, but has " + secret.length());
            }
            return new MacKey(secret);
        }

        @Override
        public SharedSecret secret() {
            return this;
        }

        MacKey sending() {
            return sending;
        }

        /** The key that the parts were signed with, if it is one of ours. */
        @Nullable MacKey signer(byte[] mac, MacKey.Signed signed) {
            for (int i = 0; i < receiving.size(); i++) {
                if (receiving.get(i).verifies(mac, signed)) {
                    return receiving.get(i);
                }
            }
            return null;
        }

        /** Never shows a secret. */
        @Override
        public String toString() {
            return "SharedSecret[accepts " + receiving.size() + "]";
        }
    }

    /**
     * Both sides of a TLS connection show a certificate, and its common name or one of its DNS names is the member's id.
     * Needs a port of its own with a TLS context, and {@code https} urls; the client's certificate check also wants the
     * url's host among the server's names.
     *
     * @param secret is asked for as well, or {@code null}
     */
    record TlsIdentity(@Nullable SharedSecret secret) implements PeerAuthentication {}

    /** Everybody who can reach the port is believed. */
    record TrustedNetwork() implements PeerAuthentication {

        @Override
        public @Nullable SharedSecret secret() {
            return null;
        }
    }
}
