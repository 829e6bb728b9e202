package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.autoconfigure.ElectionProperties.WhenDisabled;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Quorum;
import io.election.node.NodeSettings;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Checks the settings, but for those of the peers' own transport, and says what they make of this application. Throws
 * {@link InvalidElectionConfigurationException} for the first that is wrong: nothing fails open into several leaders.
 */
final class ModeReader {

    /** The id of a member that stands alone. */
    static final String LOCAL = "local";

    private static final String UNNAMED = "application";
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration SHORTEST_STEP = Duration.ofMillis(10);
    private static final int COMPACTION_THRESHOLD = 64;
    private static final String HIDDEN = "******";

    private static final String LIST_THE_MEMBERS =
            "List all members under election.members; or, if there is never more than"
                    + " one copy, set election.standalone=true.";
    private static final String WHAT_ALONE_MEANS =
            " Every further copy of it, wherever it runs, leads too: each copy does"
                    + " what only the leader may do. " + LIST_THE_MEMBERS + " This warning is repeated after "
                    + RepeatedWarnings.FIRST.toMinutes() + " min and then every " + RepeatedWarnings.EACH.toMinutes()
                    + " min, until one of the two is set.";

    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    static final String NAME_RULE =
            "letters, digits, dots, dashes and underscores, at most 64, a letter or digit first";

    private final ElectionProperties properties;
    private final Environment environment;
    private final boolean suppliesPosition;
    private final Supplier<List<String>> hostNames;

    /**
     * Creates a reader.
     *
     * @param suppliesPosition whether the application has a log of its own
     * @param hostNames the short names of this host, asked for only where no node id is set
     */
    ModeReader(
            ElectionProperties properties,
            Environment environment,
            boolean suppliesPosition,
            Supplier<List<String>> hostNames) {
        this.properties = properties;
        this.environment = environment;
        this.suppliesPosition = suppliesPosition;
        this.hostNames = hostNames;
    }

    Mode read() {
        if (!properties.enabled()) {
            return disabled();
        }
        if (properties.members() == null) {
            return alone();
        }
        return listed(properties.members());
    }

    // ----------------------------------------------------------------------------------------------------- the modes

    private Mode disabled() {
        int listed = properties.members() == null ? 0 : properties.members().size();
        if (listed > 1 && properties.whenDisabled() == null) {
            throw invalid(
                    "election.when-disabled",
                    null,
                    "election.enabled is false and " + listed + " members are listed: if each of them took itself for"
                            + " the leader, there would be " + listed + " leaders",
                    "Set election.when-disabled=leader on the one that is to lead, and election.when-disabled=follower"
                            + " on all others; or set election.enabled=true.");
        }
        boolean leads = properties.whenDisabled() != WhenDisabled.FOLLOWER;
        String nodeId = StringUtils.hasText(properties.nodeId()) ? properties.nodeId() : LOCAL;
        return new Mode.Disabled(
                clusterOr(UNNAMED),
                nodeId,
                leads,
                List.of("No election is held, because election.enabled=false: this application "
                        + (leads
                                ? "takes itself for the leader, whoever else does."
                                : "follows, and nobody leads it.")));
    }

    private Mode alone() {
        boolean meant = Boolean.TRUE.equals(properties.standalone());
        if (!meant) {
            checkThatNoListIsMissing();
        }
        String cluster = clusterOr(UNNAMED);
        String set = properties.storage().directory();
        Path directory = null;
        if (set != null) {
            checkClusterName(cluster);
            directory = directory(set, cluster, LOCAL);
        }
        List<String> warnings = new ArrayList<>();
        String alone = "No election.members are listed, so this application stands alone and leads at once.";
        warnings.add(
                meant
                        ? alone + " Every further copy of it would lead too; list the members before there is one."
                        : alone + WHAT_ALONE_MEANS);
        if (StringUtils.hasText(properties.nodeId())) {
            warnings.add("election.node-id is '" + properties.nodeId() + "', but is not used: without election.members"
                    + " this member is '" + LOCAL + "'.");
        }
        ElectionSettings election =
                settings(cluster, LOCAL, List.of(new Member(LOCAL, MemberKind.DATA, 0, false)), warnings);
        return new Mode.Alone(
                new NodeSettings(
                        election, true, Map.of(), Map.of(), properties.events().interrupt()),
                directory,
                List.copyOf(warnings),
                meant ? List.of() : List.of(alone + WHAT_ALONE_MEANS));
    }

    /** Nothing fails open into several leaders: what only a list explains, or a platform that makes copies, is not ignored. */
    private void checkThatNoListIsMissing() {
        if (properties.standalone() != null) {
            throw invalid(
                    "election.standalone",
                    false,
                    "election.members is not set, and without members this application would stand alone and lead",
                    LIST_THE_MEMBERS);
        }
        ElectionProperties.Peer peer = properties.peer();
        refuseWithoutMembers("election.node-id", StringUtils.hasText(properties.nodeId()), properties.nodeId());
        refuseWithoutMembers("election.peer.secret", StringUtils.hasText(peer.secret()), HIDDEN);
        refuseWithoutMembers(
                "election.peer.accepted-secrets", !peer.acceptedSecrets().isEmpty(), HIDDEN);
        refuseWithoutMembers("election.peer.port", peer.port() != null, peer.port());
        refuseWithoutMembers(
                "election.peer.ssl.bundle",
                StringUtils.hasText(peer.ssl().bundle()),
                peer.ssl().bundle());
        refuseWithoutMembers("election.peer.trust-network", peer.trustNetwork(), true);
        String platform = CopyingPlatform.of(environment);
        if (platform != null) {
            throw invalid(
                    "election.members",
                    null,
                    "this application runs on " + platform + ", which may run several copies of it, and each copy would"
                            + " stand alone and lead",
                    LIST_THE_MEMBERS);
        }
    }

    private static void refuseWithoutMembers(String property, boolean set, @Nullable Object value) {
        if (set) {
            throw invalid(
                    property,
                    value,
                    "election.members is not set: this application would stand alone and lead, and so would every other"
                            + " copy of it",
                    LIST_THE_MEMBERS + " Is the list in a file or a profile that this start does not read?");
        }
    }

    private Mode listed(List<ElectionProperties.Member> listed) {
        if (listed.isEmpty()) {
            throw invalid(
                    "election.members",
                    "",
                    "an empty list names nobody who could lead",
                    "List every member with id and url. For an application that stands alone remove the property"
                            + " altogether: an empty value, such as an environment variable ELECTION_MEMBERS= without"
                            + " text, also erases a list from a file.");
        }
        if (Boolean.TRUE.equals(properties.standalone())) {
            throw invalid(
                    "election.standalone",
                    true,
                    "election.members lists " + listed.size() + " members, which contradicts it",
                    "Remove election.standalone, or remove election.members.");
        }
        String cluster = clusterOr("");
        if (cluster.isEmpty()) {
            if (listed.size() > 1) {
                throw invalid(
                        "election.cluster",
                        null,
                        "neither it nor spring.application.name is set, so nothing keeps this cluster apart from"
                                + " others that its members might reach",
                        "Set spring.application.name, or election.cluster, to the same name on every member, such as"
                                + " election.cluster=orders.");
            }
            cluster = UNNAMED;
        }
        checkClusterName(cluster);
        MemberListReader members = new MemberListReader(listed);
        Map<String, URI> urls = members.urls();
        String nodeId = members.nodeId(properties.nodeId(), hostNames);
        members.checkKinds();
        List<String> warnings = new ArrayList<>();
        long voters = listed.stream().filter(m -> m.kind().votes()).count();
        if (voters % 2 == 0) {
            warnings.add(evenVoters(voters));
        }
        ElectionSettings election = settings(cluster, nodeId, members.members(), warnings);
        String set = properties.storage().directory();
        Path directory = directory(set == null ? ElectionProperties.Storage.DEFAULT_DIRECTORY : set, cluster, nodeId);
        Map<String, String> peerUrls = new LinkedHashMap<>();
        urls.forEach((id, url) -> peerUrls.put(id, url.toString()));
        return new Mode.Listed(
                new NodeSettings(
                        election,
                        false,
                        peerUrls,
                        members.clientUrls(
                                properties.peer().port() != null,
                                properties.web().onFollower() == ElectionProperties.OnFollower.REDIRECT),
                        properties.events().interrupt()),
                urls,
                directory,
                List.copyOf(warnings));
    }

    private static String evenVoters(long voters) {
        long tolerated = voters - Quorum.of((int) voters);
        return voters + " voters are listed under election.members: they tolerate the loss of "
                + (tolerated == 0 ? "none of them" : tolerated + " of them") + ", "
                + (voters == 2 ? "so either one that is down leaves no leader" : "no more than " + (voters - 1) + " do")
                + ". An odd number is better; one more may be a witness (kind: witness).";
    }

    // ------------------------------------------------------------------------------------- names, places, durations

    private String clusterOr(String otherwise) {
        if (StringUtils.hasText(properties.cluster())) {
            return properties.cluster();
        }
        String application = environment.getProperty("spring.application.name");
        return StringUtils.hasText(application) ? application : otherwise;
    }

    private void checkClusterName(String cluster) {
        if (!NAME.matcher(cluster).matches()) {
            boolean own = StringUtils.hasText(properties.cluster());
            throw invalid(
                    own ? "election.cluster" : "spring.application.name",
                    cluster,
                    "a cluster's name, which also names a directory, consists of " + NAME_RULE,
                    "Set election.cluster to a name like orders, the same on every member.");
        }
    }

    private static Path directory(String set, String cluster, String nodeId) {
        try {
            if (StringUtils.hasText(set)) {
                return Path.of(set, cluster, nodeId);
            }
        } catch (InvalidPathException ex) {
            throw invalid(
                    "election.storage.directory",
                    set,
                    "that is no path: " + ex.getReason(),
                    "Name a directory on a local disk, such as /var/lib/orders/election.");
        }
        throw invalid(
                "election.storage.directory",
                set,
                "an empty text names no directory",
                "Name a directory on a local disk, such as /var/lib/orders/election.");
    }

    private ElectionSettings settings(String cluster, String nodeId, List<Member> members, List<String> warnings) {
        Duration timeout = bounded("election.election-timeout", properties.electionTimeout(), "1s");
        Duration heartbeat = bounded("election.heartbeat-interval", properties.heartbeatInterval(), "100ms");
        Duration lease = bounded("election.lease-duration", properties.leaseDuration(), "750ms");
        Duration handover =
                bounded("election.handover.timeout", properties.handover().timeout(), "5s");
        double drift = drift();
        double longestLease = timeout.toNanos() * (1 - drift) / (1 + drift);
        // safety rule 8: the lease must have ended everywhere before any promise ends anywhere.
        if (lease.toNanos() * (1 + drift) >= timeout.toNanos() * (1 - drift)) {
            throw invalid(
                    "election.lease-duration",
                    text(lease),
                    "with election.clock-drift " + properties.clockDrift() + " it may last as long as"
                            + " election.election-timeout, " + text(timeout) + ", so two members could lead at once:"
                            + " lease-duration x (1 + clock-drift) must be below election-timeout x (1 - clock-drift)",
                    "Set election.lease-duration to "
                            + text(Duration.ofMillis((long) (longestLease / 1_000_000 * 0.85)))
                            + " or so, or raise election.election-timeout.");
        }
        if (heartbeat.multipliedBy(2).compareTo(lease) > 0) {
            throw invalid(
                    "election.heartbeat-interval",
                    text(heartbeat),
                    "it is more than half of election.lease-duration, " + text(lease)
                            + ", so a single lost heartbeat would end a leadership",
                    "Set election.heartbeat-interval to " + text(lease.dividedBy(2)) + " at most, better a tenth of"
                            + " election.election-timeout, " + text(timeout.dividedBy(10)) + "; or raise"
                            + " election.lease-duration and election.election-timeout.");
        }
        Duration phase = environment.getProperty(
                "spring.lifecycle.timeout-per-shutdown-phase", Duration.class, Duration.ofSeconds(30));
        if (handover.compareTo(phase) >= 0) {
            warnings.add("election.handover.timeout is " + text(handover)
                    + ", but spring.lifecycle.timeout-per-shutdown-phase is " + text(phase)
                    + ": a closing application does not wait for the end of a handover that takes so long.");
        }
        Duration step = heartbeat.dividedBy(10);
        return new ElectionSettings(
                cluster,
                nodeId,
                members,
                timeout,
                heartbeat,
                lease,
                drift,
                step.compareTo(SHORTEST_STEP) < 0 ? SHORTEST_STEP : step,
                handover,
                suppliesPosition,
                COMPACTION_THRESHOLD);
    }

    private static Duration bounded(String property, Duration value, String example) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
            throw invalid(
                    property,
                    text(value),
                    "it must be longer than nothing and at most an hour",
                    "Write a duration with its unit, like " + property + "=" + example + ".");
        }
        return value;
    }

    private double drift() {
        String text = properties.clockDrift().trim();
        boolean percent = text.endsWith("%");
        double drift;
        try {
            drift = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
        } catch (NumberFormatException ex) {
            drift = Double.NaN;
        }
        drift = percent ? drift / 100 : drift;
        // Written so that what is not a number is refused too.
        if (!(drift >= 0 && drift < 0.5)) {
            throw invalid(
                    "election.clock-drift",
                    text,
                    "it must be a number from 0 to below 0.5",
                    "Write it as a number or in percent, like 0.05 or 5%.");
        }
        return drift;
    }

    private static String text(Duration duration) {
        return duration.toNanos() % 1_000_000 == 0
                ? DurationStyle.SIMPLE.print(duration, java.time.temporal.ChronoUnit.MILLIS)
                : duration.toString();
    }

    private static InvalidElectionConfigurationException invalid(
            String property, @Nullable Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
