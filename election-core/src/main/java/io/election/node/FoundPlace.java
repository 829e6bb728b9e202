package io.election.node;

import io.election.discovery.MemberDiscovery.Address;
import io.election.peer.PeerIdentity;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * An address that discovery finds, and who answers there. Says once in the log what is unusual about it. Whoever holds it guards it
 * against other threads.
 */
final class FoundPlace {

    /** After so many calls without an answer nobody is there. One alone may have been lost. */
    private static final int SILENT_AFTER = 2;

    /** A member that starts, or stops, is not reported at once. */
    private static final int TOLD_AFTER = 5;

    private final String cluster;
    private final String nodeId;
    private final Address address;
    private final @Nullable URI url;
    private final Chronicle chronicle;

    private boolean due = true;
    private boolean underWay;
    private int silences;
    private @Nullable PeerIdentity who;
    /** The latest of its answers that was worth a sentence. */
    private @Nullable PeerIdentity reported;

    /**
     * Is to be asked, and was not asked yet.
     *
     * @param cluster the name of this member's cluster
     * @param nodeId this member's id
     * @param url where the address is called, or {@code null} if it makes no url
     */
    FoundPlace(String cluster, String nodeId, Address address, @Nullable URI url, Chronicle chronicle) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.address = address;
        this.url = url;
        this.chronicle = chronicle;
    }

    Address address() {
        return address;
    }

    @Nullable URI url() {
        return url;
    }

    private Object place() {
        return url == null ? address : url;
    }

    // ------------------------------------------------------------------------------------------------ asking

    /** It is to be asked, once more if it is being asked now. */
    void askAgain() {
        due = true;
    }

    /** Whether it is to be asked, and is not being asked. */
    boolean isDue() {
        return due && !underWay;
    }

    /** It is asked now. */
    void asked() {
        due = false;
        underWay = true;
    }

    /**
     * It was asked.
     *
     * @param reportsSilence whether it is worth a sentence that nobody answers for long
     */
    void answered(PeerIdentity now, boolean reportsSilence) {
        underWay = false;
        silences = now instanceof PeerIdentity.Nobody ? silences + 1 : 0;
        if (silences == 0 || silences >= SILENT_AFTER || who == null) {
            who = now;
        }
        report(reportsSilence);
    }

    // ------------------------------------------------------------------------------------------------ who is there

    boolean isKnown() {
        return who != null;
    }

    /** Which member of this cluster answers there; {@code null} if none does, or one that runs as this one in another process. */
    @Nullable String member() {
        if (who instanceof PeerIdentity.Self) {
            return nodeId;
        }
        return who instanceof PeerIdentity.AnotherMember other
                        && other.cluster().equals(cluster)
                        && !other.nodeId().equals(nodeId)
                ? other.nodeId()
                : null;
    }

    /** Whether it is not sure that no member of this cluster is there who is not found. */
    boolean isUnsure() {
        boolean ofAnotherCluster = who instanceof PeerIdentity.AnotherMember other
                && !other.cluster().equals(cluster);
        return member() == null && !ofAnotherCluster;
    }

    // ------------------------------------------------------------------------------------------------ the log

    private void report(boolean reportsSilence) {
        PeerIdentity now = who;
        if (now == null || now.equals(reported)) {
            return;
        }
        if (now instanceof PeerIdentity.AnotherMember other) {
            reported = now;
            reportMember(other);
        } else if (now instanceof PeerIdentity.SomethingElse other) {
            reported = now;
            chronicle.note(
                    Level.WARN,
                    "finds {}, where something answers that is no member of this cluster: {reason}. It founds no cluster while"
                            + " that address is found. Check the port, election.peer.path and election.peer.secret there.",
                    place(),
                    other.detail());
        } else if (now instanceof PeerIdentity.NotTrusted untrusted) {
            reported = now;
            chronicle.note(
                    Level.WARN,
                    "finds {}, and does not trust the certificate there: {reason}. It founds no cluster while that address is"
                            + " found.",
                    place(),
                    untrusted.detail());
        } else if (now instanceof PeerIdentity.Nobody nobody) {
            if (silences >= TOLD_AFTER && reportsSilence) {
                reported = now;
                chronicle.note(
                        Level.WARN,
                        "finds {}, where nobody answers: {reason}. It founds no cluster while that address is found, because"
                                + " a member of an earlier one may be there.",
                        place(),
                        nobody.detail());
            }
        } else {
            reported = now;
        }
    }

    private void reportMember(PeerIdentity.AnotherMember other) {
        if (!other.cluster().equals(cluster)) {
            chronicle.note(
                    Level.WARN,
                    "finds {}, where '{peer}' of another cluster answers, '{}', and leaves that address out. Give each cluster"
                            + " a name of its own under which its members are found, and a secret of its own.",
                    place(),
                    other.nodeId(),
                    other.cluster());
        } else if (other.nodeId().equals(nodeId)) {
            chronicle.note(
                    Level.ERROR,
                    "finds {}, where another process answers as '{peer}' too. Give each member an id of its own"
                            + " (election.node-id); by default it is the name of its host.",
                    place(),
                    other.nodeId());
        }
    }
}
