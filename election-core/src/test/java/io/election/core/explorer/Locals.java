package io.election.core.explorer;

import io.election.core.Message;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** All states of members that were found, each of them once. */
final class Locals {

    private final List<String> ids;
    private final Map<Tokens, Local> known = new ConcurrentHashMap<>();

    Locals(List<String> ids) {
        this.ids = List.copyOf(ids);
    }

    /** The ids of all members, in their order. */
    List<String> ids() {
        return ids;
    }

    Local of(ExploredMember member) {
        Local found = new Local(member, this);
        Local before = known.putIfAbsent(found.tokens(), found);
        return before == null ? found : before;
    }

    /** A message that a member has sent. */
    Sent sent(Message message) {
        return new Sent(
                message,
                ids.indexOf(message.header().from()),
                ids.indexOf(message.header().to()),
                ContentEncoder.of(message, ids));
    }

    int size() {
        return known.size();
    }

    /** From here on only those are known that are found again. The others can be collected. */
    void clear() {
        known.values().forEach(Local::forgetSteps);
        known.clear();
    }
}
