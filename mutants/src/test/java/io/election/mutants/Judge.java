package io.election.mutants;

/**
 * Random runs, or a search, that is asked about a mutant of the core before the core's other tests, and apart from them. It
 * judges by what must hold in any schedule, so a mutant that it catches is caught by more than the one test written for it.
 *
 * @param name for the report, such as {@code simulator}
 * @param test a test class by its full name, or {@code Class#method}
 */
record Judge(String name, String test) {

    /** The full name of its test class. */
    String type() {
        return test.replaceFirst("#.*", "");
    }
}
