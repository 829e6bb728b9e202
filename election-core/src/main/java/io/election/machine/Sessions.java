package io.election.machine;

import io.election.core.Message;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are open: one for each member of the cluster at most (safety rule 17). The number of a session is the index of the
 * entry that opened it, so it never comes again. A session ends with the member's next one, or with its removal from the cluster, and never
 * because time passes.
 */
final class Sessions {

    private final Map<String, Session> ofMembers = new HashMap<>();
    private final Map<Long, Session> byNumber = new HashMap<>();

    // Most entries are of the session that the one before was of.
    private @Nullable Session latest;

    /**
     * Opens a session if what is asked for is not out of date. The same life asks for the same session as often as it likes.
     *
     * @return the session that the member has now, or {@code null}
     */
    @Nullable Session open(SessionOpening opening, long index, Set<String> members) {
        Session current = ofMembers.get(opening.member());
        if (current != null && current.life().equals(opening.life())) {
            return current;
        }
        long replaced = current == null ? 0 : current.number();
        // A late copy of an earlier life's opening must not close the session of a later one.
        if (opening.replaces() != replaced || !members.contains(opening.member())) {
            return current;
        }
        if (current != null) {
            byNumber.remove(current.number());
        }
        Session opened = new Session(index, opening.member(), opening.life());
        add(opened);
        return opened;
    }

    private void add(Session session) {
        ofMembers.put(session.member(), session);
        byNumber.put(session.number(), session);
        latest = session;
    }

    /** Closes the sessions of all that do not belong to the cluster any more. */
    void closeAllBut(Set<String> members) {
        ofMembers.keySet().removeIf(member -> !members.contains(member));
        byNumber.values().removeIf(session -> !members.contains(session.member()));
        latest = null;
    }

    /** The open session of that number, or {@code null}. */
    @Nullable Session find(long number) {
        Session session = latest;
        if (session == null || session.number() != number) {
            session = byNumber.get(number);
            latest = session;
        }
        return session;
    }

    /** The open session of a member, or {@code null}. */
    @Nullable Session of(String member) {
        return ofMembers.get(member);
    }

    long digest() {
        long digest = byNumber.size();
        for (Session session : byNumber.values()) {
            digest += session.digest();
        }
        return digest;
    }

    /** Copies that do not change any more, by their numbers. */
    List<Session> copies() {
        return byNumber.values().stream()
                .map(Session::copy)
                .sorted(Comparator.comparingLong(Session::number))
                .toList();
    }

    static void write(Collection<Session> sessions, DataOutputStream out) throws IOException {
        out.writeInt(sessions.size());
        for (Session session : sessions) {
            session.writeTo(out);
        }
    }

    static Sessions readFrom(DataInputStream in, Set<String> members, long lastIndex) throws IOException {
        Sessions sessions = new Sessions();
        int count = in.readInt();
        if (count < 0 || count > Message.MOST_MEMBERS) {
            throw new DamagedImageException(count + " sessions");
        }
        long before = 0;
        for (int i = 0; i < count; i++) {
            Session session = Session.readFrom(in);
            if (session.number() <= before
                    || session.number() > lastIndex
                    || !members.contains(session.member())
                    || sessions.ofMembers.containsKey(session.member())) {
                throw new DamagedImageException("it has a session that cannot be open");
            }
            before = session.number();
            sessions.add(session);
        }
        return sessions;
    }
}
