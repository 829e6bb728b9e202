package io.election.peer;

import java.util.ArrayDeque;
import java.util.function.Supplier;

/** What costs too much to be made for each message, and can be used again by one thread after another. */
final class Spares<T> {

    private static final int KEPT = 8;

    private final Supplier<T> make;
    private final ArrayDeque<T> idle = new ArrayDeque<>();

    Spares(Supplier<T> make) {
        this.make = make;
    }

    T take() {
        T spare;
        synchronized (idle) {
            spare = idle.poll();
        }
        return spare == null ? make.get() : spare;
    }

    /** It is as it was when it was made. One that an error interrupted is not, and is not given back. */
    void giveBack(T spare) {
        synchronized (idle) {
            if (idle.size() < KEPT) {
                idle.push(spare);
            }
        }
    }
}
