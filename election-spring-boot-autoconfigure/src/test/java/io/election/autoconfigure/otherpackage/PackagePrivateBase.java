package io.election.autoconfigure.otherpackage;

import io.election.LeaderOnly;
import org.springframework.scheduling.annotation.Scheduled;

/** Classes whose methods a proxy of a subclass in another package cannot override. */
public final class PackagePrivateBase {

    private PackagePrivateBase() {}

    /** Marked itself. */
    public static class Marked {
        @LeaderOnly
        void close() {}
    }

    /** The scheduler calls it, from any package. */
    public static class Unmarked {
        @Scheduled(fixedRate = 100_000)
        void tick() {}
    }

    /** Only its own package calls it. */
    public static class Library {
        void hidden() {}
    }
}
