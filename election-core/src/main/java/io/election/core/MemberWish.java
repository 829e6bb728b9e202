package io.election.core;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A change of membership that somebody asks the leader for.
 *
 * @param change what to change
 * @param builds the version of the membership that it builds on, or {@code null} for whichever is in force
 * @param force whether a change is made that leaves no voter to spare
 * @param because why the leader makes it by itself, as a clause, or {@code null} if an operator wishes it
 * @param asker is told once how it ended
 */
record MemberWish(
        MemberChange change,
        @Nullable Long builds,
        boolean force,
        @Nullable String because,
        Consumer<MemberChange.Result> asker) {}
