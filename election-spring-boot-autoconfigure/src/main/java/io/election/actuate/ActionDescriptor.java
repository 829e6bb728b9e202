package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What became of an action.
 *
 * @param action what was asked for
 * @param outcome {@code UNKNOWN_ACTION}, or one of {@link io.election.HandoverResult.Outcome}
 * @param leaderId the leader known when it ended
 * @param term the term when it ended
 * @param detail one sentence for a person
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ActionDescriptor(
        String action, String outcome, @Nullable String leaderId, long term, String detail)
        implements OperationResponseBody {}
