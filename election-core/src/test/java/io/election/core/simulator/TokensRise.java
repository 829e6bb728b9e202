package io.election.core.simulator;

import io.election.core.Effect;
import io.election.core.Membership;

/** End to end: each leadership's fencing token is greater than all before, across foundings too. */
final class TokensRise {

    private long latest;

    void gained(MemberRecord w, Effect.LeadershipGained gained) {
        long token = gained.token().value();
        Membership membership = w.membership();
        if (membership == null || !gained.token().equals(membership.token(gained.term()))) {
            throw new Violation("a token is that of its cluster's term", w + " gains " + gained);
        }
        // A process that was stopped in the middle of the step may come to know of its leadership when it is long over.
        if (gained.lease().holds(w.member.reading())) {
            if (token <= latest) {
                throw new Violation("tokens rise", w + " gains " + gained + " after " + latest);
            }
            latest = token;
        }
    }
}
