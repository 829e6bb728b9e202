/**
 * The types that an application uses: {@link io.election.Leadership}, the events, and the
 * {@link io.election.FencingToken}. This package contains no Spring type and uses no other package of this project.
 */
@NullMarked
package io.election;

import org.jspecify.annotations.NullMarked;
