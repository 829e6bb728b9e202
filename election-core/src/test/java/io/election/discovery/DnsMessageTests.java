package io.election.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.discovery.DnsMessage.Kind;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DnsMessageTests {

    /** As a server recorded it (RFC 1035, section 4): two addresses by reference to the question's name. */
    private static final String ANSWER = "1234 8180 0001 0002 0000 0000"
            + "06 6f7264657273 04 74657374 00 0001 0001"
            + "c00c 0001 0001 0000001e 0004 0a010004"
            + "c00c 0001 0001 0000003c 0004 0a010005";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static DnsMessage read(String hex) throws IOException {
        byte[] bytes = bytes(hex);
        return DnsMessage.read(bytes, bytes.length);
    }

    @Test
    void writesAQuestionAsOthersDo() {
        assertThat(DnsMessage.question(0x1234, "orders.test", Kind.AAAA))
                .isEqualTo(bytes("1234 0100 0001 0000 0000 0000 06 6f7264657273 04 74657374 00 001c 0001"));
    }

    @Test
    void readsAnAnswer() throws IOException {
        DnsMessage message = read(ANSWER);
        assertThat(message.answers(0x1234, "Orders.Test", Kind.A)).isTrue();
        assertThat(message.said().records())
                .extracting(DnsMessage.Resource::value)
                .containsExactly("10.1.0.4", "10.1.0.5");
        assertThat(message.said().seconds()).isEqualTo(60);
    }

    @Test
    void anAnswerIsThatToOneQuestionOnly() throws IOException {
        DnsMessage message = read(ANSWER);
        assertThat(message.answers(0x1235, "orders.test", Kind.A)).as("number").isFalse();
        assertThat(message.answers(0x1234, "orders2.test", Kind.A)).as("name").isFalse();
        assertThat(message.answers(0x1234, "orders.test", Kind.AAAA)).as("kind").isFalse();
        assertThat(read(ANSWER.replaceFirst("8180", "0100")).answers(0x1234, "orders.test", Kind.A))
                .as("a question that comes back")
                .isFalse();
    }

    @Test
    void addressesOfAnotherNameAreNotTaken() throws IOException {
        // The second record's owner is evil.test.
        DnsMessage message = read("1234 8180 0001 0002 0000 0000"
                + "06 6f7264657273 04 74657374 00 0001 0001"
                + "c00c 0001 0001 0000001e 0004 0a010004"
                + "04 6576696c c013 0001 0001 0000003c 0004 42424242");
        assertThat(message.said().records())
                .extracting(DnsMessage.Resource::value)
                .containsExactly("10.1.0.4");
    }

    @Test
    void aTimeThatIsNoneIsZero() throws IOException {
        assertThat(read(ANSWER.replace("0000001e", "ffffffff").replace("0000003c", "80000000"))
                        .said()
                        .seconds())
                .isZero();
    }

    @Test
    void aNameThatLeadsToItselfIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> read(ANSWER.replaceFirst("c00c 0001", "c01d 0001")))
                .withMessage("a name in the answer leads to itself");
    }

    @Test
    void aLabelWithADotInItIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> read(ANSWER.replace("6f7264657273", "6f7264652e73")))
                .withMessage("a name in the answer has the character 46");
    }

    @Test
    void anAnswerThatEndsEarlyIsRefusedWhereverThatIs() {
        byte[] whole = bytes(ANSWER);
        for (int length = 0; length < whole.length; length++) {
            int cut = length;
            assertThatExceptionOfType(IOException.class)
                    .as("%d of %d octets", length, whole.length)
                    .isThrownBy(() -> DnsMessage.read(whole.clone(), cut));
        }
    }

    /** Of whatever is sent, reading ends with a message or a refusal. */
    @Test
    void readingEndsWhateverIsSent() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            byte[] sent = run % 2 == 0 ? bytes(ANSWER) : new byte[random.nextInt(200)];
            if (run % 2 == 1) {
                random.nextBytes(sent);
                if (sent.length > 6) {
                    sent[4] = 0;
                    sent[5] = 1;
                }
            }
            for (int changes = random.nextInt(6); changes > 0 && sent.length > 0; changes--) {
                sent[random.nextInt(sent.length)] = (byte) random.nextInt(256);
            }
            try {
                DnsMessage message = DnsMessage.read(sent, sent.length);
                message.said();
            } catch (IOException refused) {
                // As it should.
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + ", run " + run + ": " + HexFormat.of().formatHex(sent), e);
            }
        }
    }
}
