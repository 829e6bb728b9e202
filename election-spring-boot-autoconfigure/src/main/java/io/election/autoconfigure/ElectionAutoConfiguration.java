package io.election.autoconfigure;

import io.election.ApplicationPosition;
import io.election.ClusterMembers;
import io.election.EarlierTokens;
import io.election.Leadership;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.StateMachine;
import io.election.core.Journal;
import io.election.discovery.MemberDiscovery;
import io.election.journal.FileJournal;
import io.election.journal.JournalException;
import io.election.journal.MemoryJournal;
import io.election.memory.Memory;
import io.election.node.ElectionFactory;
import io.election.node.ElectionNode;
import io.election.node.NodeClock;
import io.election.node.NodeObserver;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerTransport;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryInitializer;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.Environment;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes the application a member of its cluster, and gives it {@link Leadership} and {@link ClusterMembers}. Whether an election is held at all is
 * decided inside the beans, so that an application compiled ahead of time can still be told at run time.
 *
 * <p>An application may bring its own {@link Journal}, {@link PeerTransport} and {@link NodeClock}, and an
 * {@link ApplicationPosition}; a {@link StateMachine}, which the log of the cluster feeds; its tests an {@link ElectionFactory}. With a {@link Leadership} of its own there is no election.
 */
@AutoConfiguration
@ConditionalOnMissingBean(Leadership.class)
@EnableConfigurationProperties(ElectionProperties.class)
@ImportRuntimeHints(PeerMessageHints.class)
public final class ElectionAutoConfiguration {

    @Bean
    static MemberConverter electionMemberConverter() {
        return new MemberConverter();
    }

    /**
     * Locks a journal that is there before the application's own beans are made: what they take counts for the bond of a start.
     */
    @Bean
    static BeanFactoryInitializer<ListableBeanFactory> electionEarlyStart() {
        return beans -> beans.getBeanProvider(ElectionRuntime.class).getIfAvailable();
    }

    @Bean
    Mode electionMode(
            ElectionProperties properties,
            Environment environment,
            ListableBeanFactory beans,
            ObjectProvider<MemberDiscovery> discovery,
            ObjectProvider<ServletServer> servletServer,
            ObjectProvider<SslBundles> sslBundles) {
        boolean suppliesPosition = beans.getBeanNamesForType(ApplicationPosition.class, true, false).length > 0;
        ApplicationFacts facts = new ApplicationFacts(
                servletServer.getIfAvailable() != null,
                properties.enabled() ? discovery.getIfAvailable() : null,
                () -> PeerSettingsReader.certificateNames(properties.peer().ssl(), sslBundles.getIfAvailable()));
        return new ModeReader(properties, environment, suppliesPosition, HostNames::ofThisHost, facts).read();
    }

    /**
     * The journal is opened, or created, when the member starts; creating this bean writes nothing. An image that a training run
     * builds must not contain a memory, which every container started from it would take for its own.
     */
    @Bean
    @ConditionalOnMissingBean
    Journal electionJournal(Mode mode, ElectionProperties properties) {
        Path directory = MemberRefusal.directory(mode);
        if (directory == null) {
            return mode instanceof Mode.Clustered ? MemoryJournal.newAtEachStart() : new MemoryJournal();
        }
        FileJournal journal = FileJournal.at(directory, mode.cluster(), mode.nodeId());
        if (endsBeforeItStarts()) {
            return journal;
        }
        try {
            journal.lockIfPresent();
            return journal;
        } catch (JournalException ex) {
            throw MemberRefusal.of(ex, properties.storage().directory(), directory);
        }
    }

    /** A run that ends, or is checkpointed, when all beans have been created. Its machine need not have the directory. */
    private static boolean endsBeforeItStarts() {
        return Stream.of(
                        DefaultLifecycleProcessor.EXIT_PROPERTY_NAME,
                        DefaultLifecycleProcessor.CHECKPOINT_PROPERTY_NAME)
                .map(SpringProperties::getProperty)
                .anyMatch(DefaultLifecycleProcessor.ON_REFRESH_VALUE::equalsIgnoreCase);
    }

    @Bean
    @ConditionalOnMissingBean
    PeerTransport electionPeerTransport(
            Mode mode,
            ElectionProperties properties,
            Environment environment,
            ObjectProvider<ServletServer> servletServer,
            ObjectProvider<SslBundles> sslBundles) {
        if (mode instanceof Mode.Clustered listed) {
            PeerSettingsReader reader = new PeerSettingsReader(
                    properties.peer(),
                    environment,
                    servletServer.getIfAvailable() != null,
                    sslBundles.getIfAvailable());
            HttpPeerTransport transport = new HttpPeerTransport(reader.read(listed));
            reader.renew(transport, listed);
            return transport;
        }
        return new StandaloneTransport();
    }

    @Bean
    @ConditionalOnMissingBean
    NodeClock electionClock() {
        return NodeClock.SYSTEM;
    }

    /** Child contexts share the election of this context. */
    @Bean
    @Lazy(false)
    ChildContexts electionChildContexts(
            ElectionProperties properties,
            ObjectProvider<ElectionRuntime> runtime,
            ConfigurableApplicationContext context) {
        return new ChildContexts(
                context,
                properties.standAt(),
                properties.handover().timeout(),
                task -> runtime.getObject().inOrder(task));
    }

    /** {@code null} if the application has no replicated memory. */
    @Bean
    @Nullable Memory electionMemory(
            Mode mode,
            ElectionProperties properties,
            ConfigurableListableBeanFactory beans,
            ObjectProvider<StateMachine> machines,
            ObjectProvider<JsonMapper> json) {
        return new ApplicationMemory(mode, properties, beans).memory(machines, json);
    }

    /** {@code null} unless {@code election.store.enabled}. */
    @Bean
    @ConditionalOnMissingBean
    @Nullable ReplicatedStore electionStore(ObjectProvider<Memory> memory) {
        Memory kept = memory.getIfAvailable();
        return kept == null || kept.values() == null ? null : kept.store();
    }

    /** {@code null} unless the application has a state machine. */
    @Bean
    @ConditionalOnMissingBean
    @Nullable ReplicatedLog electionLog(ObjectProvider<Memory> memory) {
        Memory kept = memory.getIfAvailable();
        return kept == null || kept.values() != null ? null : kept.log();
    }

    /** {@code null} if no election is held. */
    @Bean
    @Nullable ElectionNode electionNode(
            Mode mode,
            ElectionProperties properties,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            ObjectProvider<ElectionFactory> elections,
            ObjectProvider<NodeObserver> observers,
            ObjectProvider<ApplicationPosition> position,
            ObjectProvider<Memory> memory,
            ListableBeanFactory beans,
            ObjectProvider<EarlierTokens> earlierTokens,
            ChildContexts children,
            ConfigurableApplicationContext context) {
        if (mode instanceof Mode.Disabled) {
            return null;
        }
        ElectionNode node = new ElectionNode(
                mode instanceof Mode.Clustered listed ? listed.node() : ((Mode.Alone) mode).node(),
                elections.getIfAvailable(() -> ElectionFactory.REAL),
                journal,
                transport,
                clock,
                new ContextEvents(context, children),
                observers.orderedStream().toList(),
                memory.getIfAvailable());
        // What a test puts in the place of the election hands nothing over.
        if (properties.rehearsal().enabled() && elections.getIfAvailable() == null) {
            node.rehearse();
        }
        if (LocalBeans.has(beans, EarlierTokens.class)) {
            // The bean needs a data source, which comes long after the directory is locked.
            node.askBeforeFounding(() -> earlierTokens.getObject().highest());
        }
        position.ifAvailable(known -> known.forwardTo(node::positionAdvanced));
        return node;
    }

    @Bean
    ElectionRuntime electionRuntime(
            Mode mode,
            ElectionProperties properties,
            ObjectProvider<ElectionNode> node,
            ChildContexts children,
            ConfigurableApplicationContext context) {
        return mode instanceof Mode.Disabled disabled
                ? new DisabledElection(
                        disabled,
                        new ContextEvents(context, children),
                        properties.handover().timeout())
                : new NodeRuntime(node.getObject());
    }

    @Bean
    @Lazy(false)
    ElectionLifecycle electionLifecycle(
            Mode mode,
            ElectionProperties properties,
            ElectionRuntime runtime,
            PeerTransport transport,
            ObjectProvider<ElectionFactory> elections,
            ConfigurableApplicationContext context) {
        // These sentences are not true of a test's replacement for the election.
        boolean real = elections.getIfAvailable() == null;
        return new ElectionLifecycle(
                mode,
                real ? mode.notices() : List.of(),
                real ? mode.warnings() : List.of(),
                new RepeatedWarnings(
                        mode.cluster(),
                        mode.nodeId(),
                        real && mode instanceof Mode.Alone alone ? alone.repeated() : List.of()),
                runtime,
                transport,
                properties.standAt(),
                context);
    }

    /** Found by the context as a lifecycle bean. Nobody may inject it. */
    @Bean
    @Lazy(false)
    PeerServerKeepAlive electionPeerServerKeepAlive(PeerTransport transport, Environment environment) {
        boolean wanted = !Boolean.FALSE.equals(environment.getProperty("spring.main.keep-alive", Boolean.class));
        return new PeerServerKeepAlive(wanted && transport instanceof HttpPeerTransport http && http.hasOwnServer());
    }

    @Bean
    Leadership electionLeadership(
            ElectionRuntime runtime, Mode mode, ObjectProvider<ObservationRegistry> observations) {
        ObservationRegistry registry = observations.getIfUnique();
        return registry == null
                ? runtime.leadership()
                : new ObservedLeadership(runtime.leadership(), registry, mode.cluster(), mode.nodeId());
    }

    @Bean
    @ConditionalOnMissingBean
    ClusterMembers electionMembers(ElectionRuntime runtime) {
        return runtime.members();
    }
}
