package io.election.sample;

import io.election.FencingToken;
import io.election.fencing.Fence;
import java.time.OffsetDateTime;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * What the leader writes to: a table of numbered lines. Each line gets the next number, so two leaders that wrote at once would use a
 * number twice. The fence prevents that; the table itself accepts anything.
 */
@Component
class Ledger {

    static final String RESOURCE = "ledger";

    private final JdbcClient jdbc;
    private final Fence fence;

    Ledger(JdbcClient jdbc, Fence fence) {
        this.jdbc = jdbc;
        this.fence = fence;
    }

    /**
     * Appends a line.
     *
     * @param token of the leadership under which the work began
     * @param member who writes
     * @param text what to write
     * @return the line as written
     * @throws io.election.fencing.StaleFencingTokenException if a later leader has written; nothing is written then
     */
    @Transactional
    Line append(FencingToken token, String member, String text) {
        // First, so that no earlier leader can still change what is read next.
        fence.guard(RESOURCE, token);
        long last = jdbc.sql("SELECT COALESCE(MAX(number), 0) FROM ledger")
                .query(Long.class)
                .single();
        Line line = new Line(last + 1, token.value(), member, OffsetDateTime.now(), text);
        jdbc.sql("INSERT INTO ledger (number, token, member, written_at, text) VALUES (?, ?, ?, ?, ?)")
                .params(line.number(), line.token(), line.member(), line.writtenAt(), line.text())
                .update();
        return line;
    }

    /** The last lines, the newest last. */
    List<Line> latest(int count) {
        return jdbc.sql("SELECT * FROM (SELECT * FROM ledger ORDER BY id DESC FETCH FIRST " + count
                        + " ROWS ONLY) latest" + " ORDER BY id")
                .query(Line.class)
                .list();
    }

    /**
     * One line.
     *
     * @param number from 1 on
     * @param token under which it was written
     * @param member who wrote it
     * @param writtenAt when, by the writer's clock
     * @param text what was to be written
     */
    record Line(long number, long token, String member, OffsetDateTime writtenAt, String text) {}
}
