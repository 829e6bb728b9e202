package io.election.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.discovery.MemberDiscovery.Address;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class DnsAnswerTests {

    private static final Name ORDERS = Name.fromConstantString("orders.shop.test.");
    private static final Name OTHER = Name.fromConstantString("other.shop.test.");
    private static final Record QUESTION = Record.newRecord(ORDERS, Type.A, DClass.IN);

    private static ARecord address(Name owner, long seconds, String text) throws Exception {
        return new ARecord(owner, DClass.IN, seconds, InetAddress.getByName(text));
    }

    private static CNAMERecord alias(Name owner, long seconds, Name target) {
        return new CNAMERecord(owner, DClass.IN, seconds, target);
    }

    private static DnsAnswer answer(Record... records) {
        Message message = Message.newQuery(QUESTION);
        message.getHeader().setFlag(Flags.QR);
        message.getHeader().setFlag(Flags.RA);
        for (Record record : records) {
            message.addRecord(record, record instanceof SOARecord ? Section.AUTHORITY : Section.ANSWER);
        }
        return new DnsAnswer(message, QUESTION);
    }

    private static List<String> hosts(DnsAnswer answer) throws Exception {
        return answer.said(8080).addresses().stream().map(Address::host).toList();
    }

    @Test
    void takesNoAddressesOfAnotherName() throws Exception {
        DnsAnswer answer = answer(address(ORDERS, 30, "10.1.0.4"), address(OTHER, 300, "192.0.2.1"));
        assertThat(hosts(answer)).containsExactly("10.1.0.4");
        assertThat(answer.said(8080).seconds()).isEqualTo(30);
    }

    @Test
    void findsAnAliasInWhateverOrderItsRecordsAre() throws Exception {
        assertThat(hosts(answer(address(OTHER, 30, "10.1.0.4"), alias(ORDERS, 300, OTHER))))
                .containsExactly("10.1.0.4");
        assertThat(answer(address(OTHER, 30, "10.1.0.4"), alias(ORDERS, 300, OTHER))
                        .said(8080)
                        .seconds())
                .as("a cache may keep the alias for longer")
                .isEqualTo(300);
    }

    @Test
    void namesAreTheSameInCapitalLetters() throws Exception {
        assertThat(hosts(answer(address(Name.fromConstantString("Orders.SHOP.test."), 30, "10.1.0.4"))))
                .containsExactly("10.1.0.4");
    }

    /** RFC 2308. */
    @Test
    void anAbsenceIsKeptForTheLesserOfTwoTimes() throws Exception {
        for (long[] times : new long[][] {{300, 7}, {7, 300}}) {
            SOARecord zone = new SOARecord(
                    Name.fromConstantString("shop.test."), DClass.IN, times[0], OTHER, OTHER, 1, 2, 3, 4, times[1]);
            assertThat(answer(zone).said(8080)).isEqualTo(new DnsAnswer.Said(List.of(), 7));
        }
    }

    @Test
    void aServerThatNeitherKnowsNorAsksRefersToOthers() {
        Message message = Message.newQuery(QUESTION);
        assertThat(new DnsAnswer(message, QUESTION).refersToOthers()).isTrue();
        message.getHeader().setFlag(Flags.AA);
        assertThat(new DnsAnswer(message, QUESTION).refersToOthers()).isFalse();
        assertThat(answer().refersToOthers()).isFalse();
    }
}
