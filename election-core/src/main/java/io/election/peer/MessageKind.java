package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import org.jspecify.annotations.Nullable;

/** The kinds of request, each with its path below the peer path, its answer, and the lane that it is sent on. */
enum MessageKind {
    HEARTBEAT("heartbeat", Request.Heartbeat.class, Response.Heartbeat.class, Lane.HEARTBEAT),
    VOTE("vote", Request.Vote.class, Response.Vote.class, Lane.DISK),
    APPEND("append", Request.Append.class, Response.Append.class, Lane.DISK),
    SNAPSHOT("snapshot", Request.InstallSnapshot.class, Response.Append.class, Lane.DISK),
    TIMEOUT_NOW("timeout-now", Request.TimeoutNow.class, Response.TimeoutNow.class, Lane.DISK),
    PING("ping", Request.Ping.class, Response.Ping.class, Lane.PING),
    ANNOUNCE("announce", Request.Announce.class, Response.Announce.class, Lane.PING),
    LEAVE("leave", Request.Leave.class, Response.Announce.class, Lane.PING),
    CHANGE("change", Request.Change.class, Response.Change.class, Lane.CHANGE),
    PROPOSE("propose", Request.Propose.class, Response.Propose.class, Lane.WRITE),
    READ_INDEX("read-index", Request.ReadIndex.class, Response.ReadIndex.class, Lane.READ),
    IMAGE("image", Request.FetchImage.class, Response.FetchImage.class, Lane.BULK);

    /** What must not wait behind each other. */
    enum Lane {
        /** Answered from memory. */
        HEARTBEAT,
        /** May wait for the receiver's disk. */
        DISK,
        /** Answered from memory, and never in the way of the others. */
        PING,
        /** Answered once a quorum has written it, and seldom. */
        CHANGE,
        /** Answered once a quorum has written it, and often. */
        WRITE,
        /** Answered once a quorum has answered. */
        READ,
        /** Large, one after the other, and never in the way of the others. */
        BULK
    }

    private static final MessageKind[] ALL = values();

    private final String path;
    private final Class<? extends Request> request;
    private final Class<? extends Response> response;
    private final Lane lane;

    MessageKind(String path, Class<? extends Request> request, Class<? extends Response> response, Lane lane) {
        this.path = path;
        this.request = request;
        this.response = response;
        this.lane = lane;
    }

    static MessageKind of(Request request) {
        for (MessageKind kind : ALL) {
            if (kind.request == request.getClass()) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no path for " + request.getClass().getName());
    }

    /** The kind with such a path, or {@code null}. */
    static @Nullable MessageKind at(String path) {
        for (MessageKind kind : ALL) {
            if (kind.path.equals(path)) {
                return kind;
            }
        }
        return null;
    }

    String path() {
        return path;
    }

    Class<? extends Request> request() {
        return request;
    }

    Class<? extends Response> response() {
        return response;
    }

    Lane lane() {
        return lane;
    }
}
