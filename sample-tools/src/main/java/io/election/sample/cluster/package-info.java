/**
 * What {@code cluster.sh} runs: starts members of the sample as processes of their own, watches, plays with and measures
 * them from outside, by signals, HTTP and the records that they write. No part of the service.
 */
@NullMarked
package io.election.sample.cluster;

import org.jspecify.annotations.NullMarked;
