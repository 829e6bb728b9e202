package io.election.peer;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import io.election.core.Bytes;
import io.election.core.Header;
import io.election.core.Message;
import io.election.core.Payload;
import io.election.core.Request;
import io.election.core.Response;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.type.LogicalType;

/**
 * Messages as JSON. The names of the records' components are the names of the properties, in their order; what is
 * {@code null} is left out; durations are nanoseconds; bytes are base64; a payload says its {@code kind}. Properties that
 * are not known are skipped, so that later versions may add some; a component that may not be {@code null} must be there.
 *
 * <p>The mapper is built here alone: neither modules on the class path nor the application's settings reach it.
 */
final class MessageCodec {

    /** For the header {@code Content-Type}. */
    static final String MEDIA_TYPE = "application/json";

    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(16)
            .maxNumberLength(20)
            .maxNameLength(128)
            .maxStringLength(1 << 20)
            .build();

    /** What Jackson finds out about a type is found out when it is first needed. Members ask each other in JSON for two only. */
    private final Map<Class<?>, ObjectWriter> writers = new ConcurrentHashMap<>();

    private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();
    private @Nullable JsonMapper mapper;

    private synchronized JsonMapper mapper() {
        JsonMapper made = mapper;
        if (made == null) {
            made = newMapper();
            mapper = made;
        }
        return made;
    }

    private static JsonMapper newMapper() {
        return JsonMapper.builder(
                        JsonFactory.builder().streamReadConstraints(LIMITS).build())
                .annotationIntrospector(new RequiredComponents())
                .addModule(new SimpleModule("election-peer")
                        .addSerializer(Duration.class, new NanosSerializer())
                        .addDeserializer(Duration.class, new NanosDeserializer())
                        .addSerializer(Bytes.class, new Base64Serializer())
                        .addDeserializer(Bytes.class, new Base64Deserializer()))
                .addMixIn(Payload.class, PayloadKinds.class)
                .withCoercionConfig(
                        LogicalType.Textual,
                        text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
                .changeDefaultVisibility(
                        visibility -> visibility.withIsGetterVisibility(JsonAutoDetect.Visibility.NONE))
                .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(EnumFeature.READ_ENUMS_USING_TO_STRING, EnumFeature.WRITE_ENUMS_USING_TO_STRING)
                .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                .build();
    }

    byte[] write(Message message) {
        return json(message);
    }

    byte[] write(WhoAmI self) {
        return json(self);
    }

    byte[] write(Presence presence) {
        return json(presence);
    }

    byte[] write(PresenceQuestion question) {
        return json(question);
    }

    private byte[] json(Object value) {
        return writers.computeIfAbsent(value.getClass(), type -> mapper().writerFor(type))
                .writeValueAsBytes(value);
    }

    /**
     * Reads what a peer asks.
     *
     * @throws BadMessageException if it is no such request, naming the field
     */
    Request readRequest(MessageKind kind, byte[] body) throws BadMessageException {
        return checked((Request) read(kind.request(), body));
    }

    /**
     * Reads what a peer answered.
     *
     * @throws BadMessageException if it is no answer to such a request, naming the field
     */
    Response readResponse(MessageKind kind, byte[] body) throws BadMessageException {
        return checked((Response) read(kind.response(), body));
    }

    WhoAmI readWhoAmI(byte[] body) throws BadMessageException {
        return (WhoAmI) read(WhoAmI.class, body);
    }

    Presence readPresence(byte[] body) throws BadMessageException {
        return (Presence) read(Presence.class, body);
    }

    /** Reads what a member says when it asks for a presence. One of an older version says nothing. */
    PresenceQuestion readQuestion(byte[] body) throws BadMessageException {
        return body.length == 0 ? PresenceQuestion.NONE : (PresenceQuestion) read(PresenceQuestion.class, body);
    }

    private Object read(Class<?> type, byte[] body) throws BadMessageException {
        Object value;
        try {
            value = readers.computeIfAbsent(type, read -> mapper().readerFor(read))
                    .readValue(body);
        } catch (JacksonException ex) {
            throw new BadMessageException(explain(ex), ex);
        }
        if (value == null) {
            throw new BadMessageException("the body is null");
        }
        return value;
    }

    private static <M extends Message> M checked(M message) throws BadMessageException {
        int protocol = message.header().protocol();
        if (protocol != Header.PROTOCOL) {
            throw new BadMessageException(
                    "header.protocol is " + protocol + ", but only " + Header.PROTOCOL + " is spoken here");
        }
        String group = message.header().group();
        if (group != null) {
            throw new BadMessageException(noGroup(group));
        }
        return message;
    }

    static String noGroup(String group) {
        return "header.group is '" + group + "', but there is only one election here, whose messages name no group";
    }

    private static String explain(JacksonException ex) {
        String field = field(ex);
        if (ex instanceof InvalidNullException) {
            return field + " is missing or null";
        }
        Throwable cause = ex.getCause();
        String what = ex instanceof ValueInstantiationException && cause != null && cause.getMessage() != null
                ? cause.getMessage()
                : ex.getOriginalMessage();
        return ex instanceof DatabindException && !field.isEmpty() ? field + ": " + what : what;
    }

    private static String field(JacksonException ex) {
        StringBuilder field = new StringBuilder();
        for (JacksonException.Reference step : ex.getPath()) {
            if (step.getPropertyName() == null) {
                field.append('[').append(step.getIndex()).append(']');
            } else {
                field.append(field.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return field.toString();
    }

    /**
     * What a member says of itself.
     *
     * @param cluster its cluster
     * @param nodeId its id
     * @param process drawn by its process
     */
    record WhoAmI(String cluster, String nodeId, String process) {

        WhoAmI {
            Message.checkName("cluster", cluster);
            Message.checkName("nodeId", nodeId);
            Message.checkName("process", process);
        }
    }

    /**
     * What a member answers to who asks whether it is there.
     *
     * @param self who it is
     * @param askerRunsTwice whether it has seen two processes lately that both run as the asker
     * @param state what it says of itself
     * @param protocol the newest version of the wire protocol that it speaks; 1 if it does not say so
     */
    record Presence(
            WhoAmI self,
            boolean askerRunsTwice,
            MemberState state,
            @Nullable Integer protocol) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Payload.TermOpening.class, name = "term-opening"),
        @JsonSubTypes.Type(value = Payload.MembershipChange.class, name = "membership"),
        @JsonSubTypes.Type(value = Payload.Application.class, name = "application"),
        @JsonSubTypes.Type(value = Payload.Withheld.class, name = "withheld")
    })
    private interface PayloadKinds {}

    /** Takes {@code @Nullable} on a record's component as what says that it may be absent. */
    private static final class RequiredComponents extends JacksonAnnotationIntrospector {

        private static final JsonSetter.Value REQUIRED = JsonSetter.Value.forValueNulls(Nulls.FAIL, Nulls.FAIL);
        private static final JsonSetter.Value OPTIONAL = JsonSetter.Value.forContentNulls(Nulls.FAIL);

        @Override
        public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated annotated) {
            if (annotated instanceof AnnotatedParameter parameter
                    && parameter.getDeclaringClass().isRecord()) {
                RecordComponent component = parameter.getDeclaringClass().getRecordComponents()[parameter.getIndex()];
                return component.getAnnotatedType().isAnnotationPresent(Nullable.class) ? OPTIONAL : REQUIRED;
            }
            return super.findSetterInfo(config, annotated);
        }
    }

    private static final class Base64Serializer extends ValueSerializer<Bytes> {

        @Override
        public void serialize(Bytes value, JsonGenerator json, SerializationContext context) {
            json.writeString(Base64.getEncoder().encodeToString(value.toArray()));
        }
    }

    private static final class Base64Deserializer extends ValueDeserializer<Bytes> {

        @Override
        public Bytes deserialize(JsonParser json, DeserializationContext context) {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                context.reportInputMismatch(Bytes.class, "bytes are a text in base64");
            }
            try {
                return Bytes.of(Base64.getDecoder().decode(json.getString()));
            } catch (IllegalArgumentException ex) {
                return context.reportInputMismatch(Bytes.class, "not base64: " + ex.getMessage());
            }
        }
    }

    private static final class NanosSerializer extends ValueSerializer<Duration> {

        @Override
        public void serialize(Duration value, JsonGenerator json, SerializationContext context) {
            json.writeNumber(value.toNanos());
        }
    }

    private static final class NanosDeserializer extends ValueDeserializer<Duration> {

        @Override
        public Duration deserialize(JsonParser json, DeserializationContext context) {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                context.reportInputMismatch(Duration.class, "a duration is a whole number of nanoseconds");
            }
            return Duration.ofNanos(json.getLongValue());
        }
    }
}
