package io.election.machine;

import io.election.core.Message;

/**
 * What an entry says that opens a session: a life of a member's process is to have one.
 *
 * @param member the member
 * @param life a name of the life of its process, different from that of every other one
 * @param replaces the member's session as the writer knows it, or 0 if it knows of none. It closes only that one
 */
public record SessionOpening(String member, String life, long replaces) {

    public SessionOpening {
        Message.checkName("member", member);
        Message.checkName("life", life);
        Message.checkIndex("replaces", replaces);
    }
}
