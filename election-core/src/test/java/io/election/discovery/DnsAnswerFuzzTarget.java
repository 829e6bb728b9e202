package io.election.discovery;

import io.election.discovery.MemberDiscovery.Address;
import java.io.IOException;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** What a name server answers: read or refused, however it is garbled, and never more than was sent. */
public final class DnsAnswerFuzzTarget {

    private static final int SHORTEST_RECORD = 11;

    private DnsAnswerFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        Message message;
        try {
            message = new Message(input.clone());
        } catch (IOException | RuntimeException refused) {
            return;
        }
        for (DnsKind kind : DnsKind.values()) {
            Name name = message.getQuestion() == null
                    ? Name.fromConstantString("orders.")
                    : message.getQuestion().getName();
            try {
                check(new DnsAnswer(message, Record.newRecord(name, kind.number, DClass.IN)), input, message);
            } catch (IOException refused) {
                // A service on what is no host.
                continue;
            }
        }
    }

    private static void check(DnsAnswer answer, byte[] input, Message message) throws IOException {
        DnsAnswer.Said said = answer.said(1);
        check(said.seconds() >= 0, "a time that is none", message);
        check(said.addresses().size() <= input.length / SHORTEST_RECORD, "more records than were sent", message);
        for (Address address : said.addresses()) {
            check(
                    DnsDiscovery.isHost(address.host()) || ResolverConfiguration.isAddress(address.host()),
                    "a host that is none",
                    message);
        }
        check(!answer.refersToOthers() || said.addresses().isEmpty(), "a referral with addresses", message);
    }

    private static void check(boolean holds, String violation, Message message) {
        if (!holds) {
            throw new AssertionError(violation + ": " + message);
        }
    }
}
