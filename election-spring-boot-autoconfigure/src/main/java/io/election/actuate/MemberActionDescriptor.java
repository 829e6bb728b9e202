package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What became of a change of the members.
 *
 * @param action what was asked for
 * @param member to whom; {@code null} for a plan, a pause and its end
 * @param outcome {@code BAD_REQUEST}, or one of {@link io.election.MemberChangeResult.Outcome}
 * @param version the version of the members in force when it ended
 * @param made how many steps of a plan were made; {@code null} for a single change
 * @param detail what happened, for a person
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record MemberActionDescriptor(
        String action,
        @Nullable String member,
        String outcome,
        long version,
        @Nullable Integer made,
        String detail) implements OperationResponseBody {}
