/**
 * What things cost, measured with JMH. Run on demand, compiled with every build. Not {@code @NullMarked}: JMH fills states in
 * methods that NullAway knows nothing of.
 */
package io.election.benchmarks;
