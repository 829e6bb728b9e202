package io.election.discovery;

import io.election.discovery.DnsMessage.Kind;
import io.election.discovery.DnsMessage.Resource;
import java.io.IOException;
import java.util.Arrays;

/** What a name server answers: read or refused, however it is garbled, and never more than was sent. */
public final class DnsMessageFuzzTarget {

    private static final int SHORTEST_RECORD = 11;

    private DnsMessageFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        DnsMessage message;
        try {
            message = DnsMessage.read(input.clone(), input.length);
        } catch (IOException refused) {
            return;
        }
        check(message.answers().size() <= input.length / SHORTEST_RECORD, "more records than were sent", message);
        for (Resource record : message.answers()) {
            check(record.owner().length() <= 255 && record.value().length() <= 255, "a name that is too long", message);
            check(record.seconds() >= 0, "a time that is none", message);
            check(record.port() >= 0 && record.port() <= 65_535, "a port that is none", message);
        }
        DnsMessage.Said said = message.said();
        check(said.seconds() >= 0, "a time that is none", message);
        for (Resource record : said.records()) {
            check(record.kind() == message.kind(), "a record that was not asked for", message);
        }
        for (Kind kind : Kind.values()) {
            if (DnsMessage.isName(message.name())) {
                asked(message, kind);
            }
        }
    }

    /** A question about what may be asked for is read as it was written. */
    private static void asked(DnsMessage message, Kind kind) {
        byte[] question = DnsMessage.question(message.id(), message.name(), kind);
        try {
            DnsMessage read = DnsMessage.read(Arrays.copyOf(question, question.length + 3), question.length);
            check(read.name().equals(message.name()) && read.kind() == kind.number, "another question", read);
        } catch (IOException e) {
            throw new AssertionError("a question that cannot be read: " + message, e);
        }
    }

    private static void check(boolean holds, String violation, DnsMessage message) {
        if (!holds) {
            throw new AssertionError(violation + ": " + message);
        }
    }
}
