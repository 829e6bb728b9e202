package io.election.autoconfigure;

/** The application runs on a Spring Boot that this library does not work with. Shown as a failure analysis. */
final class UnsupportedSpringBootException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final String ACTION =
            "Upgrade the application to Spring Boot 4.1 (4.0 is accepted, but not tested with every"
                    + " build); or remove the dependency on io.election:election-spring-boot-starter, of which there is no version"
                    + " for Spring Boot 3.";

    private final String found;

    /**
     * Names the version.
     *
     * @param found the version that the application runs on
     */
    UnsupportedSpringBootException(String found) {
        super(describe(found) + " " + ACTION);
        this.found = found;
    }

    private static String describe(String found) {
        return "This application runs on Spring Boot " + found
                + ", but the election starter (io.election:election-spring-boot-starter) is made for Spring Boot 4.1.";
    }

    String description() {
        return describe(found);
    }
}
