package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.autoconfigure.ElectionProperties.StorageMode;
import io.election.autoconfigure.ElectionProperties.WhenDisabled;
import io.election.core.AutopilotSettings;
import io.election.core.ElectionSettings;
import io.election.core.FoundingSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Quorum;
import io.election.discovery.DiscoverySettings;
import io.election.node.Finding;
import io.election.node.NodeSettings;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Checks the settings, except those of the peers' transport, and decides what they make of this application. Throws
 * {@link InvalidElectionConfigurationException} for the first wrong one, so that no mistake leads to several leaders.
 */
final class ModeReader {

    /** The id of a member that stands alone. */
    static final String LOCAL = "local";

    private static final String UNNAMED = "application";
    private static final String HIDDEN = "******";

    private static final String LIST_THE_MEMBERS =
            "List all members under election.members, or name what resolves to them (election.discovery.dns); or, if there is never more than"
                    + " one copy, set election.standalone=true.";
    private static final String WHAT_ALONE_MEANS =
            " Every further copy of it, wherever it runs, leads too, and does what"
                    + " only the leader may do. " + LIST_THE_MEMBERS + " This warning is repeated after "
                    + RepeatedWarnings.FIRST.toMinutes() + " min and then every " + RepeatedWarnings.EACH.toMinutes()
                    + " min, until one of the two is set.";

    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    static final String NAME_RULE =
            "letters, digits, dots, dashes and underscores, at most 64, a letter or digit first";

    private final ElectionProperties properties;
    private final Environment environment;
    private final TimingReader timing;
    private final Supplier<List<String>> hostNames;
    private final ApplicationFacts application;

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
        this(properties, environment, suppliesPosition, hostNames, ApplicationFacts.NONE);
    }

    /** Creates a reader that knows more of the application. */
    ModeReader(
            ElectionProperties properties,
            Environment environment,
            boolean suppliesPosition,
            Supplier<List<String>> hostNames,
            ApplicationFacts application) {
        this.application = application;
        this.properties = properties;
        this.environment = environment;
        this.timing = new TimingReader(properties, environment, suppliesPosition);
        this.hostNames = hostNames;
    }

    Mode read() {
        if (!properties.enabled()) {
            return disabled();
        }
        DiscoverySettings discovery = discovery();
        if (discovery != null) {
            return found(discovery);
        }
        if (properties.members() == null) {
            return alone();
        }
        return listed(properties.members());
    }

    // ----------------------------------------------------------------------------------------------------- the modes

    private Mode disabled() {
        int listed = properties.members() == null ? 0 : properties.members().size();
        checkWhoLeadsWithoutAnElection(listed);
        if (listed > 1 && properties.whenDisabled() == null) {
            throw invalid(
                    "election.when-disabled",
                    null,
                    "election.enabled is false and " + listed + " members are listed: if each of them considered itself"
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
                                ? "considers itself the leader, even if another one does so too."
                                : "is a follower, and has no leader.")));
    }

    private void checkWhoLeadsWithoutAnElection(int listed) {
        String dns = properties.discovery().dns();
        boolean found = application.discovery() != null || StringUtils.hasText(dns);
        if (found
                && listed == 0
                && properties.whenDisabled() == null
                && !Boolean.TRUE.equals(properties.standalone())) {
            throw invalid(
                    "election.when-disabled",
                    null,
                    "election.enabled is false and members find each other: if each of them considered itself the leader, there"
                            + " would be as many leaders as members",
                    "Set election.when-disabled=leader on the one that is to lead, and election.when-disabled=follower"
                            + " on all others; or set election.enabled=true.");
        }
    }

    private Mode alone() {
        boolean meant = Boolean.TRUE.equals(properties.standalone());
        if (!meant) {
            checkThatNoListIsMissing();
        }
        String cluster = clusterOr(UNNAMED);
        ElectionProperties.Storage storage = properties.storage();
        boolean onDisk = storage.mode() == StorageMode.DISK || storage.mode() == null && storage.directory() != null;
        if (onDisk) {
            checkClusterName(cluster);
        }
        Path directory = onDisk ? directory(storage, cluster, LOCAL) : noDirectory(storage);
        List<String> warnings = new ArrayList<>();
        String alone = "No election.members are listed, so this application stands alone and leads at once.";
        String copies = " Every further copy of it would lead too: list the members before you start a second one.";
        if (!meant) {
            warnings.add(alone + WHAT_ALONE_MEANS);
        }
        if (StringUtils.hasText(properties.nodeId())) {
            warnings.add("election.node-id is '" + properties.nodeId() + "', but is not used: without election.members"
                    + " this member is '" + LOCAL + "'.");
        }
        ElectionSettings election =
                timing.read(cluster, LOCAL, List.of(new Member(LOCAL, MemberKind.DATA, 0, false)), warnings);
        return new Mode.Alone(
                new NodeSettings(
                        election, true, Map.of(), Map.of(), properties.events().interrupt()),
                directory,
                List.copyOf(warnings),
                meant ? List.of(alone + copies) : List.of(),
                meant ? List.of() : List.of(alone + WHAT_ALONE_MEANS));
    }

    /**
     * Stops the start if members were probably meant, so that no mistake leads to several leaders: if a setting only makes sense
     * with members, or the platform may run several copies.
     */
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
        refuseWithoutMembers(
                "election.peer.ssl.client-bundle",
                StringUtils.hasText(peer.ssl().clientBundle()),
                peer.ssl().clientBundle());
        refuseWithoutMembers("election.peer.trust-network", peer.trustNetwork(), true);
        refuseWithoutMembers("election.voters", properties.voters() != null, properties.voters());
        refuseWithoutMembers(
                "election.cleanup.enabled",
                Boolean.TRUE.equals(properties.cleanup().enabled()),
                true);
        refuseWithoutMembers("election.max-lag", properties.maxLag() != null, properties.maxLag());
        refuseWithoutMembers("election.leave-on-stop", Boolean.TRUE.equals(properties.leaveOnStop()), true);
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

    private @Nullable DiscoverySettings discovery() {
        ApplicationFacts facts = application;
        return new DiscoveryReader(
                        properties.discovery(),
                        properties.members(),
                        properties.standalone(),
                        port(),
                        facts.discovery(),
                        timing.electionTimeout())
                .read();
    }

    /** Members find each other. */
    private Mode found(DiscoverySettings discovery) {
        String cluster = clusterOr("");
        if (cluster.isEmpty()) {
            throw noClusterName();
        }
        checkClusterName(cluster);
        FoundSelf self = new FoundSelf(properties, environment, port());
        String nodeId = self.nodeId(application.certificateNames(), hostNames);
        List<String> warnings = new ArrayList<>();
        int expected = discovery.expected();
        if (expected % 2 == 0) {
            warnings.add("election.discovery.expected is " + expected + ": " + expected
                    + " voters tolerate no more failures than " + (expected - 1)
                    + " do. Use an odd number, and more than half of those that may run at once.");
        }
        AutopilotSettings autopilot =
                new AutopilotReader(properties).read(expected, true, timing.electionTimeout(), warnings);
        ElectionSettings election = timing.read(
                cluster, nodeId, List.of(new Member(nodeId, MemberKind.DATA, 0, false)), autopilot, warnings);
        ElectionProperties.Storage storage = properties.storage();
        boolean onDisk = storage.mode() == StorageMode.DISK
                || (storage.mode() == null && StringUtils.hasText(storage.directory()));
        Path directory = onDisk ? directory(storage, cluster, nodeId) : noDirectory(storage);
        Finding finding = self.finding(discovery, application.discovery());
        URI own = finding.own();
        String client = own == null ? null : finding.clientUrl(own);
        return new Mode.Clustered(
                new NodeSettings(
                        election.withFounding(
                                Finding.founding(discovery, election.electionTimeout(), directory == null)),
                        false,
                        own == null ? Map.of() : Map.of(nodeId, own.toString()),
                        client == null ? Map.of() : Map.of(nodeId, client),
                        properties.events().interrupt(),
                        properties.peer().announced(),
                        !Boolean.FALSE.equals(properties.leaveOnStop()),
                        finding),
                Map.of(nodeId, own == null ? self.unknownUrl() : own),
                directory,
                List.copyOf(warnings));
    }

    /** The port at which the others reach this member, or {@code null} if that is not known. */
    private @Nullable Integer port() {
        Integer own = properties.peer().port();
        return own != null || !application.hasServer() ? own : FoundSelf.serverPort(environment);
    }

    private static InvalidElectionConfigurationException noClusterName() {
        return invalid(
                "election.cluster",
                null,
                "neither it nor spring.application.name is set, so nothing distinguishes this cluster from"
                        + " others that its members might reach",
                "Set spring.application.name, or election.cluster, to the same name on every member, such as"
                        + " election.cluster=orders.");
    }

    private Mode listed(List<ElectionProperties.Member> listed) {
        if (listed.isEmpty()) {
            throw invalid(
                    "election.members",
                    "",
                    "the list is empty, so there is nobody who could lead",
                    "List every member with id and url. For an application that stands alone, remove the property"
                            + " altogether. An empty value, such as an environment variable ELECTION_MEMBERS= without"
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
                throw noClusterName();
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
        AutopilotSettings autopilot =
                new AutopilotReader(properties).read((int) voters, false, timing.electionTimeout(), warnings);
        ElectionSettings election = timing.read(cluster, nodeId, members.members(), autopilot, warnings);
        ElectionProperties.Storage storage = properties.storage();
        Path directory =
                storage.mode() == StorageMode.MEMORY ? noDirectory(storage) : directory(storage, cluster, nodeId);
        Map<String, String> peerUrls = new LinkedHashMap<>();
        urls.forEach((id, url) -> peerUrls.put(id, url.toString()));
        return new Mode.Clustered(
                new NodeSettings(
                        directory == null ? election.withFounding(FoundingSettings.IN_MEMORY) : election,
                        false,
                        peerUrls,
                        members.clientUrls(
                                properties.peer().port() != null,
                                properties.web().onFollower() == ElectionProperties.OnFollower.REDIRECT),
                        properties.events().interrupt(),
                        properties.peer().announced(),
                        Boolean.TRUE.equals(properties.leaveOnStop())),
                urls,
                directory,
                List.copyOf(warnings));
    }

    private static String evenVoters(long voters) {
        long tolerated = voters - Quorum.of((int) voters);
        return voters + " voters are listed under election.members: they tolerate the loss of "
                + (tolerated == 0 ? "none of them" : tolerated + " of them") + ", "
                + (voters == 2
                        ? "so there is no leader while either one is down"
                        : "no more than " + (voters - 1) + " voters do")
                + ". Use an odd number. The additional voter may be a witness (kind: witness).";
    }

    // ------------------------------------------------------------------------------------- names and places

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

    /** A directory that somebody set was meant to be used, and an empty text takes back one that a file sets. */
    private static @Nullable Path noDirectory(ElectionProperties.Storage storage) {
        if (StringUtils.hasText(storage.directory())) {
            throw invalid(
                    "election.storage.directory",
                    storage.directory(),
                    "election.storage.mode is memory, which writes to no directory",
                    "Remove election.storage.directory, or set it to an empty text, if nothing is to be kept on disk;"
                            + " otherwise set election.storage.mode=disk.");
        }
        return null;
    }

    private static Path directory(ElectionProperties.Storage storage, String cluster, String nodeId) {
        String set = storage.directory();
        if (set == null) {
            set = ElectionProperties.Storage.DEFAULT_DIRECTORY;
        }
        try {
            if (StringUtils.hasText(set)) {
                return Path.of(set, cluster, nodeId);
            }
        } catch (InvalidPathException ex) {
            throw invalid(
                    "election.storage.directory",
                    set,
                    "that is not a path: " + ex.getReason(),
                    "Name a directory on a local disk, such as /var/lib/orders/election.");
        }
        throw invalid(
                "election.storage.directory",
                set,
                "the text is empty, and names no directory",
                "Name a directory on a local disk, such as /var/lib/orders/election.");
    }

    private static InvalidElectionConfigurationException invalid(
            String property, @Nullable Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
