package io.election.benchmarks.comparison;

import java.util.List;

/** A kind of node that takes part in a comparison. */
interface Kind {

    /** As it is written on the command line. */
    String title();

    String description();

    /** What its nodes are started with beside their numbers, ports and directories. */
    List<String> settings();

    /** The command that runs a node, up to its arguments. All nodes of one comparison have the same options of the JVM. */
    List<String> command();
}
