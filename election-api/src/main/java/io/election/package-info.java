/**
 * What an application touches: {@link io.election.Leadership}, the events, and the {@link io.election.FencingToken}. Has no
 * Spring type in it and uses no other package of this project.
 */
@NullMarked
package io.election;

import org.jspecify.annotations.NullMarked;
