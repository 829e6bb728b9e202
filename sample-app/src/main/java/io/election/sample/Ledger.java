package io.election.sample;

import io.election.FencingToken;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What the leader writes to: numbered lines, each with the token of the leadership that wrote it. It refuses a token lower
 * than one it has seen, as every resource should that only the leader may write to. Kept in memory, for show.
 */
@Component
class Ledger {

    private static final int KEPT = 20;

    private final Deque<String> lines = new ArrayDeque<>();
    private @Nullable FencingToken highest;
    private long written;

    /**
     * Writes one line.
     *
     * @param token the writer's token
     * @param text what to write
     * @return the line as written
     * @throws IllegalStateException if a higher token has written before
     */
    synchronized String append(FencingToken token, String text) {
        if (highest != null && token.compareTo(highest) < 0) {
            throw new IllegalStateException("Token " + token + " is refused: " + highest + " has written before.");
        }
        highest = token;
        written++;
        String line = "No. " + written + " under token " + token + ": " + text;
        if (lines.size() == KEPT) {
            lines.removeFirst();
        }
        lines.add(line);
        return line;
    }

    synchronized long written() {
        return written;
    }

    synchronized List<String> latest() {
        return List.copyOf(lines);
    }
}
