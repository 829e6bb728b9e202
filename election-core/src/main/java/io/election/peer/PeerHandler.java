package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes authenticated requests of peers. */
@FunctionalInterface
public interface PeerHandler {

    /**
     * Takes a request, or refuses it at once. Must not block.
     *
     * @param request what the peer asks
     * @param reply takes the answer, once, during the call or at any later time; calls after the first, or after the call has run out of
     *     time, do nothing
     * @throws RejectedExecutionException if it takes no request now; the peer is answered at once, with the message
     */
    void handle(Request request, Consumer<Response> reply);

    /**
     * What this member tells a peer that asks whether it is there. Must not block.
     *
     * @param asker the peer
     * @return what it says about itself, or {@code null} if it cannot say anything yet
     */
    default @Nullable MemberState describe(String asker) {
        return null;
    }

    /**
     * The same with what the peer said when it asked. Must not block.
     *
     * @param asker the peer, which is authenticated, and need not be a member here
     * @param question what it said
     * @return what this member says about itself, or {@code null} if it cannot say anything yet
     */
    default @Nullable MemberState describe(String asker, PresenceQuestion question) {
        return describe(asker);
    }

    /**
     * What this member says when it asks another one whether it is there. Must not block.
     *
     * @param member the other one
     * @return what to say
     */
    default PresenceQuestion question(String member) {
        return PresenceQuestion.NONE;
    }
}
