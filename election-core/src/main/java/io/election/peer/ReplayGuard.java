package io.election.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets every signed request in at most once, across restarts of either side, and remembers one session for each member.
 *
 * <p>A sender without a challenge is given one: {@code n.HMAC(key, cluster, sender, life, n)}, with a key that this
 * guard draws for itself and an n that rises. Nothing is remembered of it; it proves itself when it comes back, signed
 * with the shared secret and a sequence number. The session of a sender is the highest n that came back, and a window over the sequence
 * numbers seen under it. A recorded request therefore never works again:
 *
 * <ul>
 *   <li>in the same session its sequence number was seen, or lies below the window;
 *   <li>after the sender took up a new session, also by a restart, its n is below the session's;
 *   <li>after a restart of the receiver its challenge was made with another key.
 * </ul>
 *
 * A request that was held back and never delivered may still come late, once, as long as its session lasts: the network
 * may delay messages. Only a fresh request signed with the secret changes anything; asking for challenges only raises n.
 *
 * <p>Of senders that are no members it remembers the sessions of the latest ones ({@link Latest}), each from when it comes back with a
 * challenge. Whoever is pushed out needs a new challenge, above those of all that were pushed out, so that nothing that was recorded
 * of it works again.
 *
 * <p>Two processes that run under one id take the session from each other: both get through, each call in two round
 * trips.
 */
final class ReplayGuard {

    /** Sequence numbers that may arrive out of order; a sender has far fewer requests under way. */
    static final int WINDOW = 1024;

    private static final byte[] LABEL = "election/1 challenge".getBytes(StandardCharsets.US_ASCII);

    /** What becomes of a signed request. */
    enum Verdict {
        FRESH,
        /** It carries no challenge of this guard that is still good: the sender gets a new one and asks again. */
        CHALLENGE,
        REPLAYED
    }

    private final String cluster;
    private final MacKey key = new MacKey(Call.random(32));
    private final AtomicLong issued = new AtomicLong();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    /** Guarded by itself, with all that is in it. */
    private final Latest<Session> strangers = new Latest<>();
    /** A stranger whose session is not remembered needs a challenge above this one. Guarded by the strangers. */
    private long strangersAbove;

    ReplayGuard(String cluster, Set<String> senders) {
        this.cluster = cluster;
        members(senders);
    }

    /**
     * These are the members from now on. What was recorded of one before it came or left stays worthless: its session begins above
     * all challenges that were issued until now.
     */
    void members(Set<String> senders) {
        synchronized (strangers) {
            for (String sender : sessions.keySet()) {
                if (!senders.contains(sender)) {
                    sessions.remove(sender);
                    strangers.remove(sender);
                    strangersAbove = issued.get();
                }
            }
            senders.forEach(strangers::remove);
        }
        senders.forEach(sender -> sessions.computeIfAbsent(sender, added -> new Session(issued.get())));
    }

    String challenge(String sender, String life) {
        long n = issued.incrementAndGet();
        return n + "." + Call.encode(key.mac(signed(sender, life, n)));
    }

    Verdict admit(Call call) {
        if (call.challenge().isEmpty()) {
            return Verdict.CHALLENGE;
        }
        Session session = sessions.get(call.from());
        if (session == null) {
            return admitStranger(call);
        }
        synchronized (session) {
            return admit(call, session);
        }
    }

    private Verdict admitStranger(Call call) {
        synchronized (strangers) {
            Session known = strangers.get(call.from());
            if (known != null) {
                return admit(call, known);
            }
            Session session = new Session(strangersAbove);
            Verdict verdict = admit(call, session);
            if (verdict == Verdict.FRESH) {
                Session pushedOut = strangers.put(call.from(), session);
                strangersAbove = pushedOut == null ? strangersAbove : Math.max(strangersAbove, pushedOut.n);
            }
            return verdict;
        }
    }

    private Verdict admit(Call call, Session session) {
        if (!call.challenge().equals(session.challenge)) {
            long n = number(call);
            if (n <= session.n) {
                return Verdict.CHALLENGE;
            }
            session.begin(n, call.challenge());
        }
        return session.take(call.sequence()) ? Verdict.FRESH : Verdict.REPLAYED;
    }

    /** Of how many senders that are no members something is remembered. */
    int strangers() {
        synchronized (strangers) {
            return strangers.size();
        }
    }

    /** The challenge's n, or 0 if this guard never issued it to that life of the sender. */
    private long number(Call call) {
        int dot = call.challenge().indexOf('.');
        try {
            long n = dot < 0 ? 0 : Long.parseLong(call.challenge(), 0, dot, 10);
            byte[] mac = Call.decode(call.challenge().substring(dot + 1));
            return n > 0 && key.verifies(mac, signed(call.from(), call.life(), n)) ? n : 0;
        } catch (NumberFormatException ex) {
            return 0;
        }
    }

    private byte[][] signed(String sender, String life, long n) {
        return new byte[][] {
            LABEL,
            cluster.getBytes(StandardCharsets.UTF_8),
            sender.getBytes(StandardCharsets.UTF_8),
            life.getBytes(StandardCharsets.UTF_8),
            ByteBuffer.allocate(Long.BYTES).putLong(n).array()
        };
    }

    private static final class Session {

        private long n;
        private String challenge = "";
        private long highest;
        /** Bit i % WINDOW is set if i, among the last WINDOW numbers up to the highest, was seen. */
        private final long[] seen = new long[WINDOW / Long.SIZE];

        Session(long above) {
            n = above;
        }

        void begin(long number, String text) {
            n = number;
            challenge = text;
            highest = 0;
            Arrays.fill(seen, 0);
        }

        boolean take(long sequence) {
            if (sequence < 1 || sequence <= highest - WINDOW) {
                return false;
            }
            if (sequence > highest) {
                if (sequence - highest >= WINDOW) {
                    Arrays.fill(seen, 0);
                } else {
                    for (long i = highest + 1; i < sequence; i++) {
                        seen[word(i)] &= ~bit(i);
                    }
                }
                highest = sequence;
            } else if ((seen[word(sequence)] & bit(sequence)) != 0) {
                return false;
            }
            seen[word(sequence)] |= bit(sequence);
            return true;
        }

        private static int word(long sequence) {
            return (int) (sequence % WINDOW) / Long.SIZE;
        }

        private static long bit(long sequence) {
            return 1L << (sequence % Long.SIZE);
        }
    }
}
