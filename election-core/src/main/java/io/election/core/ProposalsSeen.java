package io.election.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which proposals of other members a process has looked at, whether it led or not. A message may arrive twice. If the second copy were
 * appended after the first had been refused, or refused after the first had been appended, the member would be told what is not so. The
 * first may have come while this member led, and the second after that. A proposal names the term that it is meant for, so no leader of
 * another term takes it.
 */
final class ProposalsSeen {

    /** How many requests of one process are told apart. */
    private static final int MOST_OF_A_PROCESS = 1024;

    private static final int MOST_PROCESSES = 256;

    /** One process of a member. */
    private record Sender(String member, long firstRequest) {}

    private static final class Requests {
        private final TreeSet<Long> seen = new TreeSet<>();
        /** Up to here nobody knows which were seen. */
        private long forgotten = -1;

        private boolean isNew(long request) {
            if (request <= forgotten || !seen.add(request)) {
                return false;
            }
            if (seen.size() > MOST_OF_A_PROCESS) {
                forgotten = seen.pollFirst();
            }
            return true;
        }
    }

    private final Map<Sender, Requests> senders = new LinkedHashMap<>();

    /** Whether this is certainly the first copy of a proposal. */
    boolean isNew(Request.Propose proposal) {
        Header header = proposal.header();
        Sender sender = new Sender(header.from(), proposal.firstRequest());
        Requests requests = senders.remove(sender);
        if (requests == null) {
            requests = new Requests();
            if (senders.size() >= MOST_PROCESSES) {
                // The process that has been quiet for longest has most likely ended, and nobody there is told anything.
                senders.remove(senders.keySet().iterator().next());
            }
        }
        senders.put(sender, requests);
        return requests.isNew(header.requestId());
    }
}
