/**
 * Work that only the leader does, in a Spring application: the proxies behind {@link io.election.LeaderOnly}, the answers of
 * a follower to web clients on both web stacks, and the components behind {@link LeaderBound}. Uses what an application may touch,
 * the node's listener and counters, and Spring.
 */
@NullMarked
package io.election.leaderonly;

import org.jspecify.annotations.NullMarked;
