package io.election.autoconfigure;

import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;

/** Finds the certificate that goes with the key of an SSL bundle, so that people can be told when it expires. */
final class OwnCertificate {

    private OwnCertificate() {}

    /**
     * The certificate of a bundle's key. If there are several keys and the bundle names none of them, it is the one that
     * expires first.
     *
     * @return the certificate, or {@code null} if the bundle has no key
     */
    static @Nullable X509Certificate of(SslBundle bundle) {
        KeyStore keys = bundle.getStores().getKeyStore();
        if (keys == null) {
            return null;
        }
        try {
            String named = bundle.getKey().getAlias();
            List<String> aliases = named != null ? List.of(named) : Collections.list(keys.aliases());
            X509Certificate first = null;
            for (String alias : aliases) {
                if (keys.isKeyEntry(alias)
                        && keys.getCertificate(alias) instanceof X509Certificate certificate
                        && (first == null || certificate.getNotAfter().before(first.getNotAfter()))) {
                    first = certificate;
                }
            }
            return first;
        } catch (KeyStoreException ex) {
            // It was loaded: this does not happen. Nobody is told when it expires.
            return null;
        }
    }
}
