/**
 * What an operator sees: endpoint, health, metrics. Adapts {@link io.election.node.NodeStatus} and
 * {@link io.election.node.NodeObserver}; knows nothing of the core, the journal or the peers.
 */
@NullMarked
package io.election.actuate;

import org.jspecify.annotations.NullMarked;
