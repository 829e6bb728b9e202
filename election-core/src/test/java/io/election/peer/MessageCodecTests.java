package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.core.Request;
import io.election.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTests {

    private static final String HEARTBEAT =
            "{\"header\":{\"protocol\":1,\"cluster\":\"orders\",\"clusterId\":\"0f8c1d2e\","
                    + "\"from\":\"a\",\"fromIncarnation\":\"inc-a\",\"settled\":true,\"to\":\"b\",\"toIncarnation\":\"inc-b\","
                    + "\"requestId\":17},\"term\":3,\"promise\":1500000000,\"commitIndex\":41,"
                    + "\"watermark\":{\"term\":2,\"index\":480}}";

    private static final String APPEND =
            "{\"header\":{\"protocol\":1,\"cluster\":\"orders\",\"clusterId\":\"0f8c1d2e\","
                    + "\"from\":\"a\",\"fromIncarnation\":\"inc-a\",\"settled\":true,\"to\":\"b\",\"toIncarnation\":\"inc-b\","
                    + "\"requestId\":19},\"term\":4,\"promise\":1000000000,\"commitIndex\":41,"
                    + "\"previous\":{\"term\":2,\"index\":41},\"entries\":["
                    + "{\"index\":42,\"term\":3,\"payload\":{\"kind\":\"term-opening\",\"leader\":\"a\","
                    + "\"position\":{\"term\":2,\"index\":480}}},"
                    + "{\"index\":43,\"term\":3,\"payload\":{\"kind\":\"membership\",\"membership\":{\"clusterId\":\"0f8c1d2e\","
                    + "\"generation\":1790000000,\"members\":["
                    + "{\"id\":\"a\",\"kind\":\"DATA\",\"incarnation\":\"inc-a\",\"namedAt\":1},"
                    + "{\"id\":\"b\",\"kind\":\"WITNESS\",\"incarnation\":\"inc-b\",\"namedAt\":7},"
                    + "{\"id\":\"c\",\"kind\":\"OBSERVER\",\"incarnation\":\"\",\"namedAt\":1}]}}},"
                    + "{\"index\":44,\"term\":4,\"payload\":{\"kind\":\"term-opening\",\"leader\":\"b\"}},"
                    + "{\"index\":45,\"term\":4,\"payload\":{\"kind\":\"application\","
                    + "\"type\":\"greeting\",\"data\":\"AP+AbWVociDDvA==\"}},"
                    + "{\"index\":46,\"term\":4,\"payload\":{\"kind\":\"withheld\"}}]}";

    private static final String HEARTBEAT_ANSWER = "{\"header\":{\"protocol\":1,\"cluster\":\"orders\","
            + "\"clusterId\":\"0f8c1d2e\",\"from\":\"b\",\"fromIncarnation\":\"inc-b\",\"settled\":true,\"to\":\"a\","
            + "\"toIncarnation\":\"inc-a\",\"requestId\":17},\"term\":3,\"last\":{\"term\":3,\"index\":44},"
            + "\"application\":{\"term\":2,\"index\":481}}";

    private static final String VOTE_ANSWER = "{\"header\":{\"protocol\":1,\"cluster\":\"orders\",\"from\":\"b\","
            + "\"fromIncarnation\":\"inc-b\",\"settled\":false,\"to\":\"a\",\"toIncarnation\":\"inc-a\",\"requestId\":1},"
            + "\"phase\":\"PRE_VOTE\",\"askedTerm\":1,\"term\":4,"
            + "\"refusal\":{\"reason\":\"BOUND\",\"boundFor\":123456789,\"member\":\"c\"}}";

    private final MessageCodec codec = new MessageCodec();

    static List<Request> requests() {
        return Messages.requests();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsBackEveryRequestItWrote(Request request) throws Exception {
        assertThat(codec.readRequest(MessageKind.of(request), codec.write(request)))
                .isEqualTo(request);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsBackEveryAnswerItWrote(Request request) throws Exception {
        Response answer = Messages.answer(request);
        assertThat(codec.readResponse(MessageKind.of(request), codec.write(answer)))
                .isEqualTo(answer);
    }

    @Test
    void writesTheSameBytesForEver() {
        assertThat(text(codec.write(Messages.heartbeat("orders", "a", "b", 17))))
                .isEqualTo(HEARTBEAT);
        assertThat(text(codec.write(Messages.append("orders", "a", "b", 19)))).isEqualTo(APPEND);
        assertThat(text(codec.write(Messages.answer(Messages.heartbeat("orders", "a", "b", 17)))))
                .isEqualTo(HEARTBEAT_ANSWER);
        assertThat(text(codec.write(Messages.answer(Messages.requests().get(3)))))
                .isEqualTo(VOTE_ANSWER);
    }

    @Test
    void skipsWhatLaterVersionsAdd() throws Exception {
        String later = HEARTBEAT
                .replace("\"term\":3", "\"added\":{\"deep\":[1,{\"x\":null}]},\"term\":3")
                .replace("\"requestId\":17", "\"requestId\":17,\"trace\":\"x\"");
        assertThat(codec.readRequest(MessageKind.HEARTBEAT, bytes(later)))
                .isEqualTo(Messages.heartbeat("orders", "a", "b", 17));
    }

    @Test
    void takesAnExplicitNullForWhatMayBeAbsent() throws Exception {
        String explicit = HEARTBEAT.replace("{\"term\":2,\"index\":480}", "null");
        assertThat(((Request.Heartbeat) codec.readRequest(MessageKind.HEARTBEAT, bytes(explicit))).watermark())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"term\":3,                        |                                   | term is missing or null",
                "\"promise\":1500000000,            |                                   | promise is missing or null",
                "\"promise\":1500000000             | \"promise\":null                  | promise is missing or null",
                "\"promise\":1500000000             | \"promise\":\"PT1S\"              | promise: a duration is a whole number",
                "\"promise\":1500000000             | \"promise\":1.5                   | promise: a duration is a whole number",
                "\"promise\":1500000000             | \"promise\":-1                    | promise must be at least 0",
                "\"promise\":1500000000             | \"promise\":3600000000001         | promise must be at least 0 and at most PT1H",
                "\"promise\":1500000000             | \"promise\":99999999999999999999  | out of range",
                "\"commitIndex\":41                 | \"commitIndex\":-1                | commitIndex must not be negative",
                "\"commitIndex\":41                 | \"commitIndex\":\"41\"            | commitIndex:",
                "\"commitIndex\":41                 | \"commitIndex\":41.0              | commitIndex:",
                "\"commitIndex\":41                 | \"commitIndex\":41,\"commitIndex\":42 | Duplicate",
                "\"term\":3                         | \"term\":1099511627776            | term must be at least 0 and below 2^40",
                "\"term\":3                         | \"term\":-1                       | term must be at least 0",
                "\"term\":3                         | \"term\":true                     | term:",
                "\"from\":\"a\",                    |                                   | header.from is missing or null",
                "\"from\":\"a\"                     | \"from\":null                     | header.from is missing or null",
                "\"from\":\"a\"                     | \"from\":7                        | header.from:",
                "\"settled\":true,                  |                                   | header.settled is missing or null",
                "\"protocol\":1                     | \"protocol\":2                    | header.protocol is 2, but only 1 is spoken here",
                "\"protocol\":1                     | \"protocol\":1,\"group\":\"nightly\" | header.group is 'nightly', but there is only one",
                "\"protocol\":1                     | \"protocol\":1,\"group\":\"\"      | header: group must have 1 to 128 characters",
                "\"term\":2,\"index\":480           | \"term\":2                        | watermark.index is missing or null",
                "\"term\":2,\"index\":480           | \"term\":2,\"index\":-480         | watermark: term and index must not be negative",
            })
    void refusesABadHeartbeatNamingTheField(String what, String by, String text) {
        assertThat(HEARTBEAT).contains(what);
        String bad = HEARTBEAT.replace(what, by == null ? "" : by);
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> codec.readRequest(MessageKind.HEARTBEAT, bytes(bad)))
                .withMessageContaining(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"kind\":\"withheld\"     | \"kind\":\"other\"        | entries[4].payload",
                "\"AP+AbWVociDDvA==\"      | \"AP-AbWVociDDvA==\"      | entries[3].payload.data: not base64",
                "\"AP+AbWVociDDvA==\"      | \"AP+AbWVociDDvA=\"       | entries[3].payload.data: not base64",
                "\"AP+AbWVociDDvA==\"      | [0,255]                     | entries[3].payload.data: bytes are a text in base64",
                "\"AP+AbWVociDDvA==\"      | null                        | entries[3].payload.data is missing or null",
                "\"type\":\"greeting\"    | \"typo\":\"greeting\"     | entries[3].payload.type is missing or null",
                "\"type\":\"greeting\"    | \"type\":\"\"             | type must have 1 to 128 characters",
                "\"kind\":\"withheld\"     | \"x\":1                   | entries[4].payload",
                "{\"kind\":\"withheld\"}   | null                      | entries[4].payload is missing or null",
                "\"index\":44,\"term\":4   | \"index\":45,\"term\":4   | entries must follow previous without a gap",
                "\"index\":44,\"term\":4   | \"index\":44,\"term\":5   | entries must follow previous without a gap",
                "\"namedAt\":7             | \"namedAt\":\"x\"         | entries[1].payload.membership.members[1].namedAt",
                "\"kind\":\"WITNESS\"      | \"kind\":\"KING\"         | entries[1].payload.membership.members[1].kind",
                "\"kind\":\"WITNESS\"      | \"kind\":1                | entries[1].payload.membership.members[1].kind",
                "\"leader\":\"b\"          | \"leader\":null           | entries[2].payload.leader is missing or null",
            })
    void refusesABadAppendNamingTheField(String what, String by, String text) {
        assertThat(APPEND).contains(what);
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> codec.readRequest(MessageKind.APPEND, bytes(APPEND.replace(what, by))))
                .withMessageContaining(text);
    }

    @Test
    void refusesNullElements() {
        String bad = APPEND.replaceAll("\"entries\":\\[.*", "\"entries\":[null]}");
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> codec.readRequest(MessageKind.APPEND, bytes(bad)))
                .withMessageContaining("entries");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"``", "null", "[]", "7", "{", "{}", "not json", "{\"header\":null}", "{} {}"})
    void refusesGarbage(String garbage) {
        for (MessageKind kind : MessageKind.values()) {
            assertThatExceptionOfType(BadMessageException.class)
                    .isThrownBy(() -> codec.readRequest(kind, bytes(garbage)));
            assertThatExceptionOfType(BadMessageException.class)
                    .isThrownBy(() -> codec.readResponse(kind, bytes(garbage)));
        }
    }

    @Test
    void refusesWhatFollowsAMessage() {
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() -> codec.readRequest(MessageKind.HEARTBEAT, bytes(HEARTBEAT + " {}")));
    }

    @Test
    void refusesDeepNestingAndLongNumbersAndNames() {
        String deep = HEARTBEAT.replace("\"term\":3", "\"x\":" + "[".repeat(50) + "]".repeat(50) + ",\"term\":3");
        String number = HEARTBEAT.replace("\"term\":3", "\"x\":" + "9".repeat(50) + ",\"term\":3");
        String name = HEARTBEAT.replace("\"term\":3", "\"" + "x".repeat(500) + "\":1,\"term\":3");
        for (String bad : List.of(deep, number, name)) {
            assertThatExceptionOfType(BadMessageException.class)
                    .isThrownBy(() -> codec.readRequest(MessageKind.HEARTBEAT, bytes(bad)))
                    .withMessageContaining("exceeds the maximum");
        }
    }

    @Test
    void refusesARefusalThatContradictsItself() {
        assertThatExceptionOfType(BadMessageException.class)
                .isThrownBy(() ->
                        codec.readResponse(MessageKind.VOTE, bytes(VOTE_ANSWER.replace("\"boundFor\":123456789,", ""))))
                .withMessage("refusal: boundFor belongs to BOUND, but reason is BOUND");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
