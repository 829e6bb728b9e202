package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class PeerFailureTests {

    private static final URI PLAIN = URI.create("http://b:8090");

    @Test
    void whatFailsOnTheWayHasItsKind() {
        assertThat(kind(new UnknownHostException("b"))).isEqualTo(PeerFailure.UNKNOWN_HOST);
        assertThat(kind(new ConnectException("Connection refused"))).isEqualTo(PeerFailure.CONNECTION_REFUSED);
        assertThat(kind(new HttpConnection.ConnectTimeoutException(new SocketTimeoutException("late"))))
                .isEqualTo(PeerFailure.NO_CONNECTION);
        assertThat(PeerFailure.of(FailedCall.silent(Duration.ofSeconds(1), PLAIN, true)))
                .isEqualTo(PeerFailure.NO_ANSWER);
        assertThat(kind(new EOFException("nothing"))).isEqualTo(PeerFailure.CLOSED);
        assertThat(kind(new SocketException("Connection reset"))).isEqualTo(PeerFailure.CLOSED);
        assertThat(kind(new ProtocolException("SSH-2.0"))).isEqualTo(PeerFailure.NOT_A_MEMBER);
        assertThat(kind(new IOException("Network is unreachable"))).isEqualTo(PeerFailure.OTHER);
    }

    @Test
    void anExpiredCertificateIsToldFromAnyOtherFailureOfTls() {
        SSLException expired = new SSLHandshakeException("refused");
        expired.initCause(new CertificateExpiredException());
        assertThat(kind(expired)).isEqualTo(PeerFailure.CERTIFICATE_EXPIRED);
        assertThat(kind(new SSLException("Received fatal alert: certificate_expired")))
                .isEqualTo(PeerFailure.CERTIFICATE_EXPIRED);
        assertThat(kind(new SSLException("Received fatal alert: bad_certificate")))
                .isEqualTo(PeerFailure.TLS);
    }

    @Test
    void aMembersRefusalIsToldFromAStrangersAnswer() {
        assertThat(PeerFailure.of(FailedCall.of(503, true, "it is starting", true)))
                .isEqualTo(PeerFailure.REFUSED);
        assertThat(PeerFailure.of(FailedCall.of(401, false, "", true))).isEqualTo(PeerFailure.NOT_A_MEMBER);
        assertThat(PeerFailure.of(FailedCall.of(404, false, "", true))).isEqualTo(PeerFailure.NOT_A_MEMBER);
    }

    @Test
    void aNameForMetricsHasDashes() {
        assertThat(PeerFailure.NOT_A_MEMBER.dashed()).isEqualTo("not-a-member");
    }

    private static PeerFailure kind(IOException failure) {
        return PeerFailure.of(FailedCall.of(failure, PLAIN, new TlsInUse(null)));
    }
}
