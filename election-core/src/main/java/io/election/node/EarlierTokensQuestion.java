package io.election.node;

import io.election.EarlierTokens;
import io.election.FencingToken;
import io.election.core.Input;
import io.election.core.Recovery;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Asks an application which fencing tokens were given earlier, and tells the election, until this life of the member belongs to a
 * cluster (safety rule 16). The answer is asked for again and again, because another cluster may go on giving tokens until this one is
 * founded.
 */
final class EarlierTokensQuestion implements AutoCloseable {

    /** How long after an answer it is asked again. */
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    /** How long after a failure it is asked again. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final EarlierTokens tokens;
    private final Consumer<Input> election;
    private final BooleanSupplier founded;
    private final Chronicle chronicle;
    private final Thread thread;
    private boolean closed;
    private String told = "";

    /**
     * Creates it; asks nothing yet.
     *
     * @param election takes the answer
     * @param founded whether this life belongs to a cluster by now
     */
    EarlierTokensQuestion(
            String name, EarlierTokens tokens, Consumer<Input> election, BooleanSupplier founded, Chronicle chronicle) {
        this.tokens = tokens;
        this.election = election;
        this.founded = founded;
        this.chronicle = chronicle;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Asks nothing any more. Does not wait for a question that is under way. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        thread.interrupt();
    }

    private void run() {
        try {
            do {
                Thread.sleep((ask() ? INTERVAL : AFTER_FAILURE).toMillis());
            } while (!founded.getAsBoolean());
        } catch (InterruptedException stopped) {
            // Only a close interrupts this thread.
        }
    }

    /** Whether there was an answer. */
    private boolean ask() throws InterruptedException {
        String failure;
        try {
            FencingToken highest = tokens.highest().orElse(null);
            failure = refusal(highest);
            if (failure == null) {
                tell(new Input.FenceAsked(highest));
                told = "";
                return true;
            }
        } catch (InterruptedException stopped) {
            throw stopped;
        } catch (Exception | LinkageError e) {
            failure = String.valueOf(e);
        }
        if (!failure.equals(told)) {
            told = failure;
            chronicle.note(
                    Level.WARN,
                    "cannot find out which fencing tokens were given earlier, and founds no cluster before: {reason}. It keeps"
                            + " asking.",
                    failure);
        }
        return false;
    }

    private static @Nullable String refusal(@Nullable FencingToken highest) {
        return highest == null || Recovery.isBelowAnotherGeneration(highest)
                ? null
                : "the highest token is said to be " + highest + ", and there is none above it";
    }

    private synchronized void tell(Input.FenceAsked answer) {
        if (!closed) {
            election.accept(answer);
        }
    }
}
