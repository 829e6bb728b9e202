/**
 * The wiring of the fences for Spring Boot: settings and their checks, conditions, and the analyzer of wrong settings. May touch
 * {@code io.election} and {@code io.election.fencing}; knows nothing of the election, so that a service that only guards has no
 * engine on its class path.
 */
@NullMarked
package io.election.fencing.autoconfigure;

import org.jspecify.annotations.NullMarked;
