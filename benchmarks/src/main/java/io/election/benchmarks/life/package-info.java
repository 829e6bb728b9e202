/** What a member keeps after a long life. */
@NullMarked
package io.election.benchmarks.life;

import org.jspecify.annotations.NullMarked;
