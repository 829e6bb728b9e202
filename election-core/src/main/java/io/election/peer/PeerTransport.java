package io.election.peer;

import io.election.core.Request;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Carries requests to the other members and brings theirs. Messages may be lost, delayed, repeated and reordered; what
 * arrives was authenticated.
 */
public interface PeerTransport extends AutoCloseable {

    /**
     * Begins to receive.
     *
     * @param handler takes the peers' requests
     */
    void start(PeerHandler handler);

    /**
     * The cluster has these members from now on: those that are new are called. One that is gone is called for as long as this
     * member sends to it, because it is to learn that it is gone; soon after that nothing is kept of it. Whoever is no member may
     * call as well, once it is authenticated, but all of them together get no more room than one member. May be called before a start.
     * Before the first call, and again after a close, the members are those of the configuration. Returns at once.
     *
     * @param members their ids; whether this member's own is among them makes no difference
     */
    void members(Set<String> members);

    /**
     * Says where a member is reached: at the first of these urls at which it answers. Where the configuration gives another one,
     * that is the last choice. A member that is called elsewhere until now is called at the first of them from now on, and its
     * connections end, each after the exchange that is under way on it. May be about somebody who is no member yet. May be called
     * before a start. Nothing is left of it after a close. Returns at once.
     *
     * @param member its id
     * @param urls where it is reached, the first choice first; empty if only the configuration counts
     */
    default void contact(String member, List<String> urls) {}

    /**
     * Sends a request to the member it names. Returns at once; a slow or dead peer delays no other, and heartbeats wait
     * behind nothing. Exactly one method of the callback is called, once, on any thread, within a bounded time. Where it is told of an answer, no
     * lock of the transport is held: the callback may send again.
     *
     * @param request what to ask
     * @param callback takes the answer or the failure; must not block
     */
    void send(Request request, PeerCallback callback);

    /**
     * Asks a member whether it is there, and what it says about itself. The election does not depend on it. Returns at
     * once.
     *
     * @param member another member
     * @param callback takes the outcome, within a bounded time; must not block
     */
    default void ask(String member, PresenceCallback callback) {
        callback.notAsked();
    }

    /**
     * Asks who answers at a url, so that a member can check its own, or learn who is found at an address. Returns at once.
     *
     * @param url where a member may be reached
     * @return who; completed within a bounded time, and never exceptionally
     */
    default CompletableFuture<PeerIdentity> identify(URI url) {
        return CompletableFuture.completedFuture(
                new PeerIdentity.SomethingElse("this transport does not ask who answers at a url"));
    }

    /**
     * The members are found under this name, which is a part of the cluster's name in every call from now on: whoever is found under
     * another name belongs to another cluster. May be called before a start. Returns at once.
     *
     * @param name fully qualified
     */
    default void foundUnder(String name) {}

    /**
     * When this member's own certificate expires, with which it proves to its peers who it is.
     *
     * @return the last instant at which it is valid, or {@code null} if there is none or that is not known
     */
    default @Nullable Instant certificateExpires() {
        return null;
    }

    /**
     * This member takes no part until the transport is closed and started again: whoever waits for an answer, and whoever
     * asks from now on, is to be told at once. May be called again. Without it they learn it from the handler, which refuses.
     *
     * @param why one clause for a person
     */
    default void outOfService(String why) {}

    /**
     * Ends what is out of time and does not end by itself, such as a request whose thread waits for a name to be resolved.
     * The node calls it twice in an election timeout, and at least every second, from its start to its end. Must not block.
     */
    default void lookAfter() {}

    /**
     * How many requests of peers were refused, since the start of this process.
     *
     * @return the number for each reason; none where nothing is counted
     */
    default Map<String, Long> refused() {
        return Map.of();
    }

    /** Stops receiving and sending, and ends its threads. May be started again. */
    @Override
    void close();
}
