package io.election.autoconfigure;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Learns from its events when an application is ready, and says what holds it if that takes long: a runner that does not
 * return keeps an application from ever becoming ready, and nothing else would say so.
 */
final class Readiness {

    /** How long an application may take, from the start of its member on, before it is asked where it stands. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** What to do about an application that is held. */
    static final String ADVICE =
            "Runners, and listeners of the events of a start, have to return: let work that goes on run on a thread of its"
                    + " own, started by a listener of LeaderElectedEvent or by a LeaderBound. election.stand-at=started lets"
                    + " members stand before their runners are called.";

    /** What starts applications, and calls their runners and listeners: what is called by these is the application's. */
    private static final List<String> CALLERS =
            List.of("org.springframework.boot.SpringApplication", "org.springframework.context.support.");

    /** What an application calls, and what calls it in turn. */
    private static final List<String> NOT_THE_APPLICATIONS = List.of(
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "kotlin.",
            "kotlinx.",
            "org.springframework.",
            "io.election.node.",
            "io.election.leaderonly.",
            "io.election.Leadership",
            "io.election.test.TestLeadership",
            "io.election.autoconfigure.DisabledElection");

    private final ConfigurableApplicationContext context;
    private final ElectionProperties.StandAt standAt;
    private final Runnable onReady;
    private final Consumer<String> onHeld;

    /** The one that starts the application; not kept alive by being asked where it stands. */
    private final WeakReference<Thread> starter = new WeakReference<>(Thread.currentThread());

    private volatile boolean ready;
    private volatile boolean ended;

    /**
     * Creates it, on the thread that starts the application.
     *
     * @param context the application's
     * @param standAt which of its events says that it is ready
     * @param onReady called once
     * @param onHeld called at most once, with what holds the application
     */
    Readiness(
            ConfigurableApplicationContext context,
            ElectionProperties.StandAt standAt,
            Runnable onReady,
            Consumer<String> onHeld) {
        this.context = context;
        this.standAt = standAt;
        this.onReady = onReady;
        this.onHeld = onHeld;
    }

    boolean isReady() {
        return ready;
    }

    /** Looks once, after a while, at what the application is doing. */
    void watch() {
        ended = false;
        if (ready) {
            return;
        }
        CompletableFuture.delayedExecutor(PATIENCE.toNanos(), TimeUnit.NANOSECONDS, Readiness::onADaemon)
                .execute(() -> {
                    if (!ready && !ended) {
                        onHeld.accept(whatHolds(starter.get()));
                    }
                });
    }

    private static void onADaemon(Runnable task) {
        Thread thread = new Thread(task, "election-readiness");
        thread.setDaemon(true);
        thread.start();
    }

    /** The application will not become ready any more. */
    void end() {
        ended = true;
    }

    /** Takes any event; those of other contexts, such as children, say nothing of this one. */
    void on(ApplicationEvent event) {
        if (!ready && saysReady(event)) {
            ready = true;
            onReady.run();
        }
    }

    private boolean saysReady(ApplicationEvent event) {
        if (event instanceof ContextRefreshedEvent refreshed) {
            return refreshed.getApplicationContext() == context && !isRunBySpringApplication(context);
        }
        return event instanceof SpringApplicationEvent
                && contextOf(event) == context
                && (event instanceof ApplicationReadyEvent || standAt == ElectionProperties.StandAt.STARTED);
    }

    private static @Nullable ConfigurableApplicationContext contextOf(ApplicationEvent event) {
        return event instanceof ApplicationReadyEvent ready
                ? ready.getApplicationContext()
                : event instanceof ApplicationStartedEvent started ? started.getApplicationContext() : null;
    }

    /** Only SpringApplication registers its arguments, and it always publishes an ApplicationReadyEvent. */
    static boolean isRunBySpringApplication(ConfigurableApplicationContext context) {
        return context.getBeanFactory().containsLocalBean("springApplicationArguments");
    }

    /** In the application's own words: what of it was called, and how far it has come. The thread goes on meanwhile. */
    static String whatHolds(@Nullable Thread starter) {
        if (starter == null || !starter.isAlive()) {
            return "the thread that started it has ended";
        }
        StackTraceElement[] frames = starter.getStackTrace();
        StackTraceElement innermost = null;
        StackTraceElement outermost = null;
        for (StackTraceElement frame : frames) {
            String type = frame.getClassName();
            if (CALLERS.stream().anyMatch(type::startsWith)) {
                break;
            }
            if (NOT_THE_APPLICATIONS.stream().noneMatch(type::startsWith) && !type.contains("$$")) {
                innermost = innermost == null ? frame : innermost;
                outermost = frame;
            }
        }
        if (innermost == null || outermost == null) {
            return "thread '" + starter.getName() + "' stands at "
                    + (frames.length == 0 ? "its end" : where(frames[0]));
        }
        return where(outermost) + " has not returned"
                + (innermost == outermost ? "" : ", and stands at " + where(innermost)) + " (thread '"
                + starter.getName() + "')";
    }

    /** Without the class loader's name, which tells nobody anything. */
    private static String where(StackTraceElement frame) {
        return frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName() + ":"
                + frame.getLineNumber() + ")";
    }
}
