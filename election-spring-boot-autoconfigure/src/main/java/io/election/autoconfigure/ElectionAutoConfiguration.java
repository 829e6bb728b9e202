package io.election.autoconfigure;

import io.election.ApplicationPosition;
import io.election.Leadership;
import io.election.core.Journal;
import io.election.core.MemberListDiffersException;
import io.election.journal.DamagedJournalException;
import io.election.journal.FileJournal;
import io.election.journal.ForeignJournalException;
import io.election.journal.JournalException;
import io.election.journal.JournalInUseException;
import io.election.journal.MemoryJournal;
import io.election.journal.UnsupportedJournalException;
import io.election.node.ElectionFactory;
import io.election.node.ElectionNode;
import io.election.node.NodeClock;
import io.election.node.NodeObserver;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerTransport;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryInitializer;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Makes the application a member of its cluster, and gives it {@link Leadership}. Whether an election is held at all is
 * decided inside the beans, so that an application compiled ahead of time can still be told at run time.
 *
 * <p>An application may bring its own {@link Journal}, {@link PeerTransport} and {@link NodeClock}, and an
 * {@link ApplicationPosition}; its tests an {@link ElectionFactory}. With a {@link Leadership} of its own there is no election.
 */
@AutoConfiguration
@ConditionalOnMissingBean(Leadership.class)
@EnableConfigurationProperties(ElectionProperties.class)
public final class ElectionAutoConfiguration {

    @Bean
    static MemberConverter electionMemberConverter() {
        return new MemberConverter();
    }

    /** Locks the directory before the application's own beans are made: what they take counts for the bond of a start. */
    @Bean
    static BeanFactoryInitializer<ListableBeanFactory> electionEarlyStart() {
        return beans -> beans.getBeanProvider(ElectionRuntime.class).getIfAvailable();
    }

    @Bean
    Mode electionMode(ElectionProperties properties, Environment environment, ListableBeanFactory beans) {
        boolean suppliesPosition = beans.getBeanNamesForType(ApplicationPosition.class, true, false).length > 0;
        return new ModeReader(properties, environment, suppliesPosition, HostNames::ofThisHost).read();
    }

    @Bean
    @ConditionalOnMissingBean
    Journal electionJournal(Mode mode, ElectionProperties properties) {
        Path directory = mode instanceof Mode.Listed listed
                ? listed.directory()
                : mode instanceof Mode.Alone alone ? alone.directory() : null;
        if (directory == null) {
            return new MemoryJournal();
        }
        try {
            return FileJournal.open(directory, mode.cluster(), mode.nodeId());
        } catch (JournalException ex) {
            throw unusable(ex, properties, directory);
        }
    }

    private static InvalidElectionConfigurationException unusable(
            JournalException failure, ElectionProperties properties, Path directory) {
        String set = properties.storage().directory();
        String value = set == null ? ElectionProperties.Storage.DEFAULT_DIRECTORY : set;
        return new InvalidElectionConfigurationException(
                "election.storage.directory",
                value,
                String.valueOf(failure.getMessage()),
                action(failure, directory),
                failure);
    }

    private static String action(JournalException failure, Path directory) {
        if (failure instanceof JournalInUseException) {
            return "Stop the process that uses " + directory
                    + ", or set election.node-id to the member that this process"
                    + " is meant to be; two clusters in one place need two election.cluster names.";
        }
        if (failure instanceof ForeignJournalException foreign) {
            return "Set election.node-id=" + foreign.foundNodeId() + " and election.cluster=" + foreign.foundCluster()
                    + " if this is that member; else set election.storage.directory to a directory of its own.";
        }
        if (failure instanceof DamagedJournalException) {
            return "Look at the disk. If the other members have a quorum without this one, move " + directory
                    + " away and start again: the leader lets it in with a new memory.";
        }
        if (failure instanceof UnsupportedJournalException) {
            return "Start the version of this library that wrote it, or a later one.";
        }
        return "Set election.storage.directory to a directory on a local disk in which this process may create files,"
                + " such as /var/lib/orders/election, or give it the right to write to " + directory + ".";
    }

    @Bean
    @ConditionalOnMissingBean
    PeerTransport electionPeerTransport(
            Mode mode,
            ElectionProperties properties,
            Environment environment,
            ObjectProvider<ServletServer> servletServer,
            ObjectProvider<SslBundles> sslBundles) {
        if (mode instanceof Mode.Listed listed) {
            return new HttpPeerTransport(new PeerSettingsReader(
                            properties.peer(),
                            environment,
                            servletServer.getIfAvailable() != null,
                            sslBundles.getIfAvailable())
                    .read(listed));
        }
        return new StandaloneTransport();
    }

    @Bean
    @ConditionalOnMissingBean
    NodeClock electionClock() {
        return NodeClock.SYSTEM;
    }

    /** There is none where no election is held. */
    @Bean
    @Nullable ElectionNode electionNode(
            Mode mode,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            ObjectProvider<ElectionFactory> elections,
            ObjectProvider<NodeObserver> observers,
            ObjectProvider<ApplicationPosition> position,
            ConfigurableApplicationContext context) {
        if (mode instanceof Mode.Disabled) {
            return null;
        }
        try {
            ElectionNode node = new ElectionNode(
                    mode instanceof Mode.Listed listed ? listed.node() : ((Mode.Alone) mode).node(),
                    elections.getIfAvailable(() -> ElectionFactory.REAL),
                    journal,
                    transport,
                    clock,
                    new ContextEvents(context),
                    observers.orderedStream().toList());
            position.ifAvailable(known -> known.forwardTo(node::positionAdvanced));
            return node;
        } catch (MemberListDiffersException ex) {
            throw new InvalidElectionConfigurationException(
                    "election.members",
                    ex.getConfigured().stream()
                            .map(m -> m.id() + " (" + m.kind().name().toLowerCase(Locale.ROOT) + ")")
                            .collect(Collectors.joining(", ")),
                    String.valueOf(ex.getMessage()),
                    "List the members of the founding, with the same ids and kinds; urls may change. Another list needs a"
                            + " cluster of another name (election.cluster), founded anew by all its members.",
                    ex);
        }
    }

    @Bean
    ElectionRuntime electionRuntime(
            Mode mode,
            ElectionProperties properties,
            ObjectProvider<ElectionNode> node,
            ConfigurableApplicationContext context) {
        return mode instanceof Mode.Disabled disabled
                ? new DisabledElection(
                        disabled,
                        new ContextEvents(context),
                        properties.handover().timeout())
                : new NodeRuntime(node.getObject());
    }

    @Bean
    @Lazy(false)
    ElectionLifecycle electionLifecycle(
            Mode mode,
            ElectionRuntime runtime,
            PeerTransport transport,
            ObjectProvider<ElectionFactory> elections,
            ConfigurableApplicationContext context) {
        // What has to be said of an election is not true of what stands in for one.
        boolean real = elections.getIfAvailable() == null;
        return new ElectionLifecycle(
                mode,
                real ? mode.warnings() : List.of(),
                new RepeatedWarnings(real && mode instanceof Mode.Alone alone ? alone.repeated() : List.of()),
                runtime,
                transport,
                context);
    }

    @Bean
    Leadership electionLeadership(ElectionRuntime runtime) {
        return runtime.leadership();
    }
}
