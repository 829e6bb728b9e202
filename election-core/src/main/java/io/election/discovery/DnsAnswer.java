package io.election.discovery;

import io.election.discovery.MemberDiscovery.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;

/** What a whole answer of a name server says of the name that was asked for. */
final class DnsAnswer {

    private static final int MOST_ALIASES = 16;

    private final Message message;
    private final Record question;

    /**
     * What it says, its aliases followed.
     *
     * @param addresses of the members, with the given port where the records have none; none if there are none
     * @param seconds for how long a cache may give this answer
     */
    record Said(List<Address> addresses, long seconds) {}

    /**
     * Takes a message that is known to answer a question.
     *
     * @param question what was asked for
     */
    DnsAnswer(Message message, Record question) {
        this.message = message;
        this.question = question;
    }

    /** Whether the name exists; otherwise the server said that it does not. */
    boolean exists() {
        return code() == Rcode.NOERROR;
    }

    int code() {
        return message.getRcode();
    }

    /** Whether there was not room for all of it. */
    boolean isCut() {
        return message.getHeader().getFlag(Flags.TC);
    }

    /** Whether the server neither knows the answer nor asks others for it. */
    boolean refersToOthers() {
        return exists()
                && message.getSection(Section.ANSWER).isEmpty()
                && !message.getHeader().getFlag(Flags.AA)
                && !message.getHeader().getFlag(Flags.RA);
    }

    /**
     * What it says of the name. Records of other names are left out: nobody asked for them.
     *
     * @param port the port where the records have none
     * @throws IOException if a service is on what is no host
     */
    Said said(int port) throws IOException {
        List<Record> answers = message.getSection(Section.ANSWER);
        Name owner = question.getName();
        long seconds = 0;
        Set<Name> seen = new HashSet<>();
        while (seen.size() < MOST_ALIASES && seen.add(owner)) {
            List<Record> records = of(answers, owner);
            if (!records.isEmpty()) {
                List<Address> addresses = new ArrayList<>();
                for (Record record : records) {
                    seconds = Math.max(seconds, record.getTTL());
                    add(addresses, record, port);
                }
                return new Said(addresses, seconds);
            }
            for (Record record : answers) {
                if (record instanceof CNAMERecord alias && alias.getName().equals(owner)) {
                    owner = alias.getTarget();
                    seconds = Math.max(seconds, alias.getTTL());
                }
            }
        }
        return new Said(List.of(), Math.max(seconds, negativeSeconds()));
    }

    private List<Record> of(List<Record> answers, Name owner) {
        return answers.stream()
                .filter(record -> record.getType() == question.getType()
                        && record.getName().equals(owner))
                .toList();
    }

    private static void add(List<Address> addresses, Record record, int port) throws IOException {
        if (record instanceof ARecord address) {
            addresses.add(new Address(address.getAddress().getHostAddress(), port));
        } else if (record instanceof AAAARecord address) {
            addresses.add(new Address(address.getAddress().getHostAddress(), port));
        } else if (record instanceof SRVRecord service
                && !service.getTarget().equals(Name.root)
                && service.getPort() > 0) {
            // A target without a name says that there is no such service (RFC 2782). One with other characters would
            // become part of a url. Priority and weight do not matter: all members are wanted.
            String host = service.getTarget().toString(true).toLowerCase(Locale.ROOT);
            if (!DnsDiscovery.isHost(host)) {
                throw new IOException("a record of '" + record.getName().toString(true) + "' names the host '" + host
                        + "', which is none");
            }
            addresses.add(new Address(host, service.getPort()));
        }
    }

    /** RFC 2308: the lesser of the SOA record's own time and its last field. */
    private long negativeSeconds() {
        long negative = 0;
        for (Record record : message.getSection(Section.AUTHORITY)) {
            if (record instanceof SOARecord zone) {
                negative = Math.max(negative, Math.min(zone.getTTL(), zone.getMinimum()));
            }
        }
        return negative;
    }
}
