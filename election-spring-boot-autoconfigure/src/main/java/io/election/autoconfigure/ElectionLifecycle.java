package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.LogKeys;
import io.election.journal.JournalException;
import io.election.leaderonly.WiringLogKeys;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerIdentity;
import io.election.peer.PeerTransport;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Ties the member to the application context. The member votes once the web server is up, stands once the application is ready, and
 * hands over while its peers can still reach it. No bean may inject this one: it would then start before that bean.
 */
final class ElectionLifecycle implements SmartLifecycle, SmartApplicationListener {

    /** After the web server has started; stopped before its graceful shutdown refuses new connections. */
    static final int PHASE = DEFAULT_PHASE - 512;

    private static final Logger logger = LoggerFactory.getLogger(ElectionLifecycle.class);

    private final Mode mode;
    private final List<String> notices;
    private final List<String> warnings;
    private final RepeatedWarnings repeated;
    private final ElectionRuntime runtime;
    private final PeerTransport transport;
    private final ConfigurableApplicationContext context;
    private final Readiness readiness;

    /**
     * Creates the lifecycle.
     *
     * @param notices what each start logs for information
     * @param warnings what each start logs as a warning
     * @param repeated what is logged from time to time while it runs
     */
    ElectionLifecycle(
            Mode mode,
            List<String> notices,
            List<String> warnings,
            RepeatedWarnings repeated,
            ElectionRuntime runtime,
            PeerTransport transport,
            ElectionProperties.StandAt standAt,
            ConfigurableApplicationContext context) {
        this.mode = mode;
        this.notices = List.copyOf(notices);
        this.warnings = List.copyOf(warnings);
        this.repeated = repeated;
        this.runtime = runtime;
        this.transport = transport;
        this.context = context;
        this.readiness = new Readiness(context, standAt, this::becomeReady, runtime::notReady);
    }

    @Override
    public void start() {
        notices.forEach(logAt(Level.INFO));
        warnings.forEach(logAt(Level.WARN));
        try {
            runtime.start();
        } catch (UncheckedIOException ex) {
            awaitEnd(runtime.stop());
            throw refusal(ex);
        }
        repeated.start();
        // A context that is stopped and started again publishes no second ready event.
        if (readiness.isReady()) {
            runtime.ready();
        } else {
            readiness.watch();
        }
        if (mode instanceof Mode.Clustered listed && transport instanceof HttpPeerTransport http) {
            checkOwnUrl(listed, http);
        }
    }

    private Consumer<String> logAt(Level level) {
        return sentence -> logger.atLevel(level)
                .addKeyValue(LogKeys.CLUSTER, mode.cluster())
                .addKeyValue(LogKeys.NODE, mode.nodeId())
                .log(sentence);
    }

    private void becomeReady() {
        if (runtime.isRunning()) {
            runtime.ready();
        }
    }

    private RuntimeException refusal(UncheckedIOException failure) {
        Environment environment = context.getEnvironment();
        Path directory = MemberRefusal.directory(mode);
        if (failure.getCause() instanceof JournalException journal && directory != null) {
            return MemberRefusal.of(journal, environment.getProperty("election.storage.directory"), directory);
        }
        String port = environment.getProperty("election.peer.port");
        String address = environment.getProperty("election.peer.address");
        if (address != null && String.valueOf(failure.getMessage()).contains("assign requested address")) {
            return new InvalidElectionConfigurationException(
                    "election.peer.address",
                    address,
                    String.valueOf(failure.getMessage()),
                    "Set it to an address of this host, or remove it to listen on all of them.",
                    failure);
        }
        return port == null
                ? failure
                : new InvalidElectionConfigurationException(
                        "election.peer.port",
                        port,
                        String.valueOf(failure.getMessage()),
                        "Stop the process that listens there, or choose another port and put it into this member's url on"
                                + " every member.",
                        failure);
    }

    /** Asks who answers at this member's own url. Does not wait for the answer. */
    private static void checkOwnUrl(Mode.Clustered mode, HttpPeerTransport transport) {
        URI url = mode.urls().get(mode.nodeId());
        if (url == null || mode.urls().size() == 1) {
            return;
        }
        transport.identify(url).thenAccept(identity -> {
            if (identity instanceof PeerIdentity.AnotherMember other) {
                about(logger.atError(), mode, url)
                        .addKeyValue(LogKeys.PEER, other.nodeId())
                        .log(
                                "Member '{}' of cluster '{}', in another process, answers at {}, which is this member's own url"
                                        + " in election.members. If both processes have the same id, stop one of them."
                                        + " Otherwise correct the url or election.node-id.",
                                other.nodeId(),
                                other.cluster(),
                                url);
            } else if (identity instanceof PeerIdentity.NotTrusted untrusted) {
                about(logger.atError(), mode, url)
                        .addKeyValue(LogKeys.REASON, untrusted.detail())
                        .log(
                                "Member '{}' does not trust the certificate at its own url {} (election.members): {}. The"
                                        + " other members see the same certificate.",
                                mode.nodeId(),
                                url,
                                untrusted.detail());
            } else if (identity instanceof PeerIdentity.SomethingElse other) {
                about(logger.atError(), mode, url)
                        .addKeyValue(LogKeys.REASON, other.detail())
                        .log(
                                "Something that is not a member of this cluster answers at {}, the url of member '{}' in"
                                        + " election.members: {}. Correct the url, with the context path in it, or"
                                        + " election.peer.path or election.peer.secret.",
                                url,
                                mode.nodeId(),
                                other.detail());
            } else if (identity instanceof PeerIdentity.Nobody nobody) {
                about(logger.atWarn(), mode, url)
                        .addKeyValue(LogKeys.REASON, nobody.detail())
                        .log(
                                "Member '{}' does not reach itself at its own url {} (election.members): {}. Make sure that the"
                                        + " other members do.",
                                mode.nodeId(),
                                url,
                                nobody.detail());
            } else {
                about(logger.atDebug(), mode, url).log("Member '{}' reaches itself at its url {}.", mode.nodeId(), url);
            }
        });
    }

    private static LoggingEventBuilder about(LoggingEventBuilder line, Mode mode, URI url) {
        return line.addKeyValue(LogKeys.CLUSTER, mode.cluster())
                .addKeyValue(LogKeys.NODE, mode.nodeId())
                .addKeyValue(WiringLogKeys.URL, url);
    }

    @Override
    public boolean supportsEventType(Class<? extends ApplicationEvent> type) {
        return SpringApplicationEvent.class.isAssignableFrom(type)
                || ContextRefreshedEvent.class.isAssignableFrom(type);
    }

    /** After the application's own listeners, which may add listeners themselves. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void onApplicationEvent(ApplicationEvent event) {
        readiness.on(event);
    }

    @Override
    public void stop(Runnable callback) {
        endWatches();
        runtime.stop().whenComplete((ended, failure) -> callback.run());
    }

    @Override
    public void stop() {
        endWatches();
        awaitEnd(runtime.stop());
    }

    private void endWatches() {
        repeated.stop();
        readiness.end();
    }

    private static void awaitEnd(CompletionStage<Void> stopped) {
        try {
            // The runtime limits its stop itself. This limit only matters if that fails.
            stopped.toCompletableFuture().get(2, TimeUnit.HOURS);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException ex) {
            throw new IllegalStateException("The election did not stop", ex);
        }
    }

    @Override
    public boolean isRunning() {
        return runtime.isRunning();
    }

    /** A cached test context that is paused must keep its leadership. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
