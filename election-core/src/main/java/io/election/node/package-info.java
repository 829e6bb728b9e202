/**
 * Runs one member: {@link io.election.node.ElectionNode} joins core, journal, peers and clock, and owns every thread. One
 * loop hands inputs to the core and carries its effects out; it never waits for a disk, a peer or a listener.
 */
@NullMarked
package io.election.node;

import org.jspecify.annotations.NullMarked;
