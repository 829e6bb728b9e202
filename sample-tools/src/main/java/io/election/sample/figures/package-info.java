/** Measurements: what is told of many values, of the machine and of a process, and the report that is printed and kept. */
@NullMarked
package io.election.sample.figures;

import org.jspecify.annotations.NullMarked;
