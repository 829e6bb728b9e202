/**
 * The Boot wiring: settings and their checks, conditions, the life cycle in the context, failure analyzers. May touch
 * everything; nothing touches it.
 */
@NullMarked
package io.election.autoconfigure;

import org.jspecify.annotations.NullMarked;
