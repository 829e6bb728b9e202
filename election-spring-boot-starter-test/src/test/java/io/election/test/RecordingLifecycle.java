package io.election.test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.Lifecycle;

/** Remembers how often it was started and stopped, and in which order. */
class RecordingLifecycle implements Lifecycle {

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private volatile boolean running;

    @Override
    public void start() {
        running = true;
        calls.add("start");
    }

    @Override
    public void stop() {
        running = false;
        calls.add("stop");
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    List<String> calls() {
        return calls;
    }
}
