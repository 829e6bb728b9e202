/**
 * This project beside MicroRaft and Apache Ratis: three nodes each, in processes of their own on this machine, of which the
 * leader hands over, is killed, or idles. The nodes tell on their standard output when they lead; see {@link
 * io.election.benchmarks.comparison.Watch}.
 */
@NullMarked
package io.election.benchmarks.comparison;

import org.jspecify.annotations.NullMarked;
