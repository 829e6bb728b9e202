/** A service of which one instance leads: an example to copy from. Touches the election by {@code io.election} alone. */
@NullMarked
package io.election.sample;

import org.jspecify.annotations.NullMarked;
