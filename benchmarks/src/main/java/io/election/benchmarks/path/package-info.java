/**
 * What a heartbeat between members costs on several ways of sending HTTP/1.1, each with the same message, the same signature and
 * the same kind of loop behind it. Run on demand; compiled with every build.
 */
@NullMarked
package io.election.benchmarks.path;

import org.jspecify.annotations.NullMarked;
