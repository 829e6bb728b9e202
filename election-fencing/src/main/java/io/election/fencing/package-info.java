/**
 * Guards at the resource: a {@link io.election.fencing.Fence} remembers the highest fencing token that each resource has
 * seen and refuses a lower one, in a database, in Redis, and between services. May touch {@code io.election} and what it
 * adapts; knows neither the election nor Boot.
 */
@NullMarked
package io.election.fencing;

import org.jspecify.annotations.NullMarked;
