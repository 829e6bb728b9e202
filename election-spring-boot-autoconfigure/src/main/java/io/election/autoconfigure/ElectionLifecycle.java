package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.MemberListDiffersException;
import io.election.journal.JournalException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Ties the member to the context: it votes once the web server is up, stands once the application is ready, and hands over
 * while its peers can still reach it. Nobody may inject this bean, for it would then start before its injector.
 */
final class ElectionLifecycle implements SmartLifecycle, SmartApplicationListener {

    /** After the web server has started; stopped before its graceful shutdown refuses new connections. */
    static final int PHASE = DEFAULT_PHASE - 512;

    private static final Logger logger = LoggerFactory.getLogger(ElectionLifecycle.class);

    private final Mode mode;
    private final List<String> warnings;
    private final RepeatedWarnings repeated;
    private final ElectionRuntime runtime;
    private final PeerTransport transport;
    private final ConfigurableApplicationContext context;
    private final Readiness readiness;

    /**
     * Creates the lifecycle.
     *
     * @param warnings what has to be said at each start
     * @param repeated what has to be said from time to time while it runs
     */
    ElectionLifecycle(
            Mode mode,
            List<String> warnings,
            RepeatedWarnings repeated,
            ElectionRuntime runtime,
            PeerTransport transport,
            ElectionProperties.StandAt standAt,
            ConfigurableApplicationContext context) {
        this.mode = mode;
        this.warnings = List.copyOf(warnings);
        this.repeated = repeated;
        this.runtime = runtime;
        this.transport = transport;
        this.context = context;
        this.readiness = new Readiness(context, standAt, this::becomeReady, runtime::notReady);
    }

    @Override
    public void start() {
        warnings.forEach(logger::warn);
        try {
            runtime.start();
        } catch (MemberListDiffersException ex) {
            throw MemberRefusal.of(ex);
        } catch (UncheckedIOException ex) {
            awaitEnd(runtime.stop());
            throw refusal(ex);
        }
        repeated.start();
        // A context that was ready, stopped and started again gets no second event.
        if (readiness.isReady()) {
            runtime.ready();
        } else {
            readiness.watch();
        }
        if (mode instanceof Mode.Listed listed && transport instanceof HttpPeerTransport http) {
            checkOwnUrl(listed, http);
        }
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
        return port == null
                ? failure
                : new InvalidElectionConfigurationException(
                        "election.peer.port",
                        port,
                        String.valueOf(failure.getMessage()),
                        "Stop what listens there, or choose another port and name it in this member's url on every member.",
                        failure);
    }

    /** Does not wait for the answer. */
    private static void checkOwnUrl(Mode.Listed mode, HttpPeerTransport transport) {
        URI url = mode.urls().get(mode.nodeId());
        if (url == null || mode.urls().size() == 1) {
            return;
        }
        String own =
                "Member '" + mode.nodeId() + "' asked at its own url " + url + " (election.members) who is there, and ";
        transport.identify(url).thenAccept(identity -> {
            if (identity instanceof PeerIdentity.AnotherMember other) {
                logger.error(
                        "{}member '{}' of cluster '{}' answered, from another process. If it is this member's namesake,"
                                + " one of the two must go; else correct the url or election.node-id.",
                        own,
                        other.nodeId(),
                        other.cluster());
            } else if (identity instanceof PeerIdentity.NotTrusted untrusted) {
                logger.error(
                        "{}could not find out: {}. The other members meet the same certificate there.",
                        own,
                        untrusted.detail());
            } else if (identity instanceof PeerIdentity.SomethingElse other) {
                logger.error(
                        "{}something answered that is no member of this cluster: {}. Correct the url, with the context"
                                + " path in it, or election.peer.path or election.peer.secret.",
                        own,
                        other.detail());
            } else if (identity instanceof PeerIdentity.Nobody nobody) {
                logger.warn(
                        "{}nobody answered: {}. The other members can hardly reach it there, unless only they can.",
                        own,
                        nobody.detail());
            } else {
                logger.debug("{}found itself.", own);
            }
        });
    }

    @Override
    public boolean supportsEventType(Class<? extends ApplicationEvent> type) {
        return SpringApplicationEvent.class.isAssignableFrom(type)
                || ContextRefreshedEvent.class.isAssignableFrom(type);
    }

    /** After the application's own listeners, which may add some. */
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
            // The runtime bounds its stop itself; this only bounds a fault in that.
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

    /** A cached test context that is put aside must not give its leadership up. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
