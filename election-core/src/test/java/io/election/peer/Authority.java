package io.election.peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;

/**
 * A certificate authority of a test, which issues certificates for 127.0.0.1 and ::1 that are valid at any time the test wants. Written
 * by hand, because the JDK has no public way to make a certificate, and each process of keytool takes half a second.
 */
public final class Authority {

    private static final AtomicLong SERIALS = new AtomicLong(System.currentTimeMillis());
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final byte[] ECDSA_SHA256 =
            sequence(element(0x06, new byte[] {0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x04, 0x03, 0x02}));
    private static final byte[] TRUE = element(0x01, new byte[] {-1});
    private static final byte[] BASIC_CONSTRAINTS = {0x55, 0x1D, 0x13};
    private static final byte[] ALTERNATIVE_NAMES = {0x55, 0x1D, 0x11};

    private final X500Principal name;
    private final KeyPair keys;
    private final X509Certificate certificate;

    /** An authority that is valid for years. */
    public Authority(String name) {
        this.name = new X500Principal("CN=" + name);
        keys = newKeys();
        Instant now = now();
        certificate = sign(
                this.name,
                keys,
                now.minus(1000, ChronoUnit.DAYS),
                now.plus(1000, ChronoUnit.DAYS),
                extension(BASIC_CONSTRAINTS, sequence(TRUE)));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    /** A certificate with its key. */
    public record Issued(X509Certificate certificate, PrivateKey key, X509Certificate issuer) {

        public String certificatePem() {
            return pem("CERTIFICATE", encoded(certificate)) + pem("CERTIFICATE", encoded(issuer));
        }

        public String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        /** Both sides with this certificate; trusts what the authorities issue. */
        PeerTls trusting(Authority... trusted) {
            return PeerTls.of(context(trusted), certificate);
        }

        SSLContext context(Authority... trusted) {
            try {
                KeyStore store = empty();
                store.setKeyEntry("own", key, new char[0], new Certificate[] {certificate, issuer});
                KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                own.init(store, new char[0]);
                return Authority.context(own, trusted);
            } catch (GeneralSecurityException ex) {
                throw new IllegalStateException(ex);
            }
        }
    }

    public String pem() {
        return pem("CERTIFICATE", encoded(certificate));
    }

    /** Valid for so many days from now, or expired so many days ago. */
    public Issued issue(String member, long days) {
        return issue(member, now().minus(100, ChronoUnit.DAYS), now().plus(days, ChronoUnit.DAYS));
    }

    /** For a member whose certificate names it, on the loopback addresses. */
    public Issued issue(String member, Instant from, Instant until) {
        return issue(new X500Principal("CN=" + member), from, until, member, "localhost");
    }

    /** Valid for ten days, for anybody, on the loopback addresses and under other names in DNS. */
    public Issued issueTo(String distinguishedName, String... dnsNames) {
        Instant now = now();
        return issue(
                new X500Principal(distinguishedName),
                now.minus(1, ChronoUnit.DAYS),
                now.plus(10, ChronoUnit.DAYS),
                dnsNames);
    }

    private Issued issue(X500Principal subject, Instant from, Instant until, String... dnsNames) {
        KeyPair own = newKeys();
        byte[] names = join(element(0x87, address("127.0.0.1")), element(0x87, address("::1")));
        for (String dnsName : dnsNames) {
            names = join(names, element(0x82, dnsName.getBytes(StandardCharsets.US_ASCII)));
        }
        return new Issued(
                sign(subject, own, from, until, extension(ALTERNATIVE_NAMES, sequence(names))),
                own.getPrivate(),
                certificate);
    }

    /** For calls of a member without a certificate. */
    static SSLContext trusting(Authority... trusted) {
        return context(null, trusted);
    }

    private static SSLContext context(KeyManagerFactory own, Authority... trusted) {
        try {
            KeyStore store = empty();
            for (Authority authority : trusted) {
                store.setCertificateEntry(authority.name.getName(), authority.certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own == null ? null : own.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            return store;
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private X509Certificate sign(X500Principal subject, KeyPair of, Instant from, Instant until, byte[] extension) {
        byte[] body = sequence(
                element(0xA0, element(0x02, new byte[] {2})),
                element(0x02, BigInteger.valueOf(SERIALS.incrementAndGet()).toByteArray()),
                ECDSA_SHA256,
                name.getEncoded(),
                sequence(time(from), time(until)),
                subject.getEncoded(),
                of.getPublic().getEncoded(),
                element(0xA3, sequence(extension)));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(body);
            byte[] whole = sequence(body, ECDSA_SHA256, element(0x03, join(new byte[1], signature.sign())));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static byte[] time(Instant instant) {
        return element(0x18, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] extension(byte[] id, byte[] value) {
        return sequence(element(0x06, id), element(0x04, value));
    }

    private static byte[] address(String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static byte[] sequence(byte[]... parts) {
        return element(0x30, join(parts));
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length > 0xFF) {
            out.write(0x82);
            out.write(content.length >> 8);
        } else if (content.length > 0x7F) {
            out.write(0x81);
        }
        out.write(content.length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static String pem(String kind, byte[] content) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
    }
}
