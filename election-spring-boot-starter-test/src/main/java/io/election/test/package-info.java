/**
 * For the tests of an application that uses the election: a {@link io.election.test.TestLeadership} in place of the real one,
 * and an {@link io.election.test.ElectionCluster} of real members in one JVM. Nothing outside of tests may depend on it; where
 * it is on the class path of a running application all the same, it does nothing.
 */
@NullMarked
package io.election.test;

import org.jspecify.annotations.NullMarked;
