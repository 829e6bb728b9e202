package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.core.Header;
import io.election.core.Message;
import io.election.core.Request;
import io.election.core.Response;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompactCodecTests {

    private static final CompactCodec.Envelope ENVELOPE = new CompactCodec.Envelope("orders", "a", "b");

    private static final String HEARTBEAT =
            "0a0830663863316432651205696e632d6118012205696e632d62281140034880dea0cb0550295a05080210e003";
    private static final String APPEND =
            "0a0830663863316432651205696e632d6118012205696e632d6228134004488094ebdc0350295a04080210296288010a1008"
                    + "2a10031a0a0a01611205080210e0030a43082b1003223d0a0830663863316432651080f7c4d5061a2b0a0e0a016110011a05"
                    + "696e632d6120010a0e0a016210021a05696e632d6220070a090a016310031a0020010a09082c10041a030a01620a1c082d10"
                    + "042a160a086772656574696e67120a00ff806d65687220c3bc0a06082e10043200";
    private static final String HEARTBEAT_ANSWER =
            "0a0830663863316432651205696e632d6218012205696e632d612811400352040803102c5a05080210e103";
    private static final String VOTE_ANSWER =
            "1205696e632d6218002205696e632d6128014001480150045a0a080110959aef3a220163";

    static List<Request> requests() {
        return Messages.requests();
    }

    private static CompactCodec.Envelope envelope(Message message) {
        Header header = message.header();
        return new CompactCodec.Envelope(header.cluster(), header.from(), header.to());
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsBackEveryRequestItWrote(Request request) throws Exception {
        assertThat(CompactCodec.readRequest(MessageKind.of(request), CompactCodec.write(request), envelope(request)))
                .isEqualTo(request);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsBackEveryAnswerItWrote(Request request) throws Exception {
        Response answer = Messages.answer(request);
        assertThat(CompactCodec.readResponse(MessageKind.of(request), CompactCodec.write(answer), envelope(answer)))
                .isEqualTo(answer);
    }

    /** Recorded with version 1 of the protocol: later versions must read them, and write them to members that speak no other. */
    @Test
    void writesTheSameBytesForEver() {
        assertThat(hex(Messages.heartbeat("orders", "a", "b", 17))).isEqualTo(HEARTBEAT);
        assertThat(hex(Messages.append("orders", "a", "b", 19))).isEqualTo(APPEND);
        assertThat(hex(Messages.answer(Messages.heartbeat("orders", "a", "b", 17))))
                .isEqualTo(HEARTBEAT_ANSWER);
        assertThat(hex(Messages.answer(Messages.requests().get(3)))).isEqualTo(VOTE_ANSWER);
    }

    private static String hex(Message message) {
        return HexFormat.of().formatHex(CompactCodec.write(message));
    }

    @Test
    void skipsFieldsThatItDoesNotKnow() throws Exception {
        Request request = Messages.heartbeat("orders", "a", "b", 17);
        // Field 15 and field 900 as a number, as text, and as four and eight bytes.
        for (String unknown : List.of("787b", "a03809", "a238026869", "a53800000001", "a1380000000000000001")) {
            byte[] more = HexFormat.of().parseHex(hex(request) + unknown);
            assertThat(CompactCodec.readRequest(MessageKind.HEARTBEAT, more, ENVELOPE))
                    .isEqualTo(request);
        }
    }

    @Test
    void refusesWhatLacksAField() {
        String whole = hex(Messages.heartbeat("orders", "a", "b", 17));
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> CompactCodec.readRequest(MessageKind.HEARTBEAT, new byte[0], ENVELOPE))
                .withMessage("header.fromIncarnation is missing");
        // Field 9, the promise of 1500 ms, taken out.
        String without = whole.replace("4880dea0cb05", "");
        assertThat(without).isNotEqualTo(whole);
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> CompactCodec.readRequest(
                        MessageKind.HEARTBEAT, HexFormat.of().parseHex(without), ENVELOPE))
                .withMessage("promise is missing");
    }

    @Test
    void refusesAFieldThatComesTwice() {
        byte[] twice = HexFormat.of().parseHex(hex(Messages.heartbeat("orders", "a", "b", 17)) + "4004");
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> CompactCodec.readRequest(MessageKind.HEARTBEAT, twice, ENVELOPE))
                .withMessage("field 8 is there twice");
    }

    @Test
    void refusesAMessageOfAGroup() {
        byte[] grouped =
                HexFormat.of().parseHex(hex(Messages.heartbeat("orders", "a", "b", 17)) + "32076e696768746c79");
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> CompactCodec.readRequest(MessageKind.HEARTBEAT, grouped, ENVELOPE))
                .withMessageStartingWith("header.group is 'nightly', but there is only one election here");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void refusesWhatIsCutOffAnywhere(Request request) {
        byte[] whole = CompactCodec.write(request);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            try {
                Request read = CompactCodec.readRequest(MessageKind.of(request), part, envelope(request));
                // What follows may be left out as a whole, and no more.
                assertThat(CompactCodec.write(read)).isEqualTo(part);
            } catch (BadMessageException expected) {
                assertThat(expected.getMessage()).isNotEqualTo("null");
            }
        }
    }

    @Test
    void takesNoJsonForACompactMessage() {
        byte[] json = new MessageCodec().write(Messages.heartbeat("orders", "a", "b", 17));
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> CompactCodec.readRequest(MessageKind.HEARTBEAT, json, ENVELOPE));
    }

    @Test
    void refusesOrReadsEveryBodyWithAWrongByte() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (Request request : Messages.requests()) {
            byte[] whole = CompactCodec.write(request);
            for (int i = 0; i < 2000; i++) {
                byte[] changed = whole.clone();
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                try {
                    CompactCodec.readRequest(MessageKind.of(request), changed, envelope(request));
                } catch (BadMessageException expected) {
                    assertThat(expected.getMessage()).isNotEqualTo("null");
                }
            }
        }
    }
}
