package io.election.leaderonly;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * Which methods take messages from a broker, a channel or a connection. A follower that refuses a message loses it, or sends it to the
 * dead letters after some tries. One that skips it acknowledges a message that nobody has processed. All types are known by name, because
 * none has to be on the class path.
 */
final class MessageHandlers {

    private static final String MESSAGE_MAPPING = "org.springframework.messaging.handler.annotation.MessageMapping";
    private static final String CLOUD_STREAM = "org.springframework.cloud.stream.function.StreamBridge";
    private static final String DOCS = "; see docs/leader-only.md.";

    /** What to do instead. */
    private enum Instead {
        LISTENER("set autoStartup = \"false\" on the listener and name its id in a LeaderBound" + DOCS),
        JMS(
                "switch its auto-startup off (spring.jms.listener.auto-startup=false, or setAutoStartup(false) on its container"
                        + " factory) and name its id in a LeaderBound"
                        + DOCS),
        REGISTERED(
                "switch its auto-startup off (in its annotation, or on its container factory) and give a LeaderBound the"
                        + " container that its registry has for its id, by LeaderBound.of"
                        + DOCS),
        ENDPOINT(
                "set autoStartup = \"false\" on the endpoint and give a LeaderBound the bean that @EndpointId names, by"
                        + " LeaderBound.of"
                        + DOCS),
        CONTAINER("set the autoStartup of its container to false and name the container in a LeaderBound" + DOCS),
        BINDING("set spring.cloud.stream.bindings.<binding>.consumer.auto-startup=false and name in a LeaderBound a"
                + " Lifecycle that starts and stops the binding by the BindingsLifecycleController"
                + DOCS),
        CONNECTION("call Leadership.callWhileLeading in it and answer the client, who is connected to this member, on"
                + " NotLeaderException"
                + DOCS);

        private final String advice;

        Instead(String advice) {
            this.advice = advice;
        }
    }

    /**
     * What is known of a method that takes messages.
     *
     * @param because the end of a sentence that begins with the method
     * @param advice a sentence that says what to do instead
     */
    record MessageHandler(String because, String advice) {}

    private static final Map<String, Instead> ANNOTATIONS = new LinkedHashMap<>();
    private static final Map<String, Instead> INTERFACES = new LinkedHashMap<>();

    private static void put(Map<String, Instead> to, Instead instead, String prefix, String... names) {
        for (String name : names) {
            to.put(prefix + name, instead);
        }
    }

    static {
        put(ANNOTATIONS, Instead.JMS, "org.springframework.jms.annotation.", "JmsListener", "JmsListeners");
        put(
                ANNOTATIONS,
                Instead.LISTENER,
                "org.springframework.kafka.annotation.",
                "KafkaListener",
                "KafkaListeners",
                "KafkaHandler",
                "DltHandler");
        put(
                ANNOTATIONS,
                Instead.LISTENER,
                "org.springframework.amqp.rabbit.annotation.",
                "RabbitListener",
                "RabbitListeners",
                "RabbitHandler");
        put(
                ANNOTATIONS,
                Instead.REGISTERED,
                "org.springframework.pulsar.",
                "annotation.PulsarListener",
                "annotation.PulsarListeners",
                "annotation.PulsarReader",
                "annotation.PulsarReaders",
                "reactive.config.annotation.ReactivePulsarListener",
                "reactive.config.annotation.ReactivePulsarListeners");
        put(
                ANNOTATIONS,
                Instead.REGISTERED,
                "",
                "io.awspring.cloud.sqs.annotation.SqsListener",
                "io.awspring.cloud.sqs.annotation.SqsHandler",
                "io.awspring.cloud.messaging.listener.annotation.SqsListener",
                "org.springframework.cloud.aws.messaging.listener.annotation.SqsListener");
        put(
                ANNOTATIONS,
                Instead.ENDPOINT,
                "org.springframework.integration.annotation.",
                "ServiceActivator",
                "ServiceActivators",
                "Transformer",
                "Transformers",
                "Splitter",
                "Splitters",
                "Filter",
                "Filters",
                "Router",
                "Routers",
                "Aggregator",
                "Aggregators",
                "CorrelationStrategy",
                "ReleaseStrategy",
                "InboundChannelAdapter",
                "InboundChannelAdapters",
                "BridgeFrom",
                "BridgeTo");
        put(ANNOTATIONS, Instead.BINDING, "org.springframework.cloud.stream.annotation.", "StreamListener");
        put(
                ANNOTATIONS,
                Instead.CONNECTION,
                "org.springframework.messaging.",
                "simp.annotation.SubscribeMapping",
                "rsocket.annotation.ConnectMapping",
                "rsocket.service.RSocketExchange");
        put(
                INTERFACES,
                Instead.CONTAINER,
                "",
                "jakarta.jms.MessageListener",
                "org.springframework.jms.listener.SessionAwareMessageListener",
                "org.springframework.kafka.listener.GenericMessageListener",
                "org.springframework.amqp.core.MessageListener",
                "org.springframework.pulsar.listener.PulsarRecordMessageListener",
                "org.springframework.pulsar.listener.PulsarBatchMessageListener",
                "io.awspring.cloud.sqs.listener.MessageListener",
                "io.awspring.cloud.sqs.listener.AsyncMessageListener",
                "org.apache.rocketmq.spring.core.RocketMQListener");
        put(INTERFACES, Instead.ENDPOINT, "org.springframework.messaging.", "MessageHandler");
    }

    private static final List<String> FUNCTIONS =
            List.of("java.util.function.Function", "java.util.function.Consumer", "java.util.function.Supplier");

    private MessageHandlers() {}

    /** What takes messages by this method of a bean, or {@code null} if nothing does. */
    static @Nullable MessageHandler of(Method method, Class<?> type, @Nullable ClassLoader classes) {
        if (Proxy.isProxyClass(type)) {
            // A client's stub has the annotations of what it calls.
            return null;
        }
        MergedAnnotations annotations = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
        for (Map.Entry<String, Instead> each : ANNOTATIONS.entrySet()) {
            if (annotations.isPresent(each.getKey())) {
                return annotated(ClassUtils.getShortName(each.getKey()), each.getValue());
            }
        }
        MergedAnnotation<?> mapping = annotations.get(MESSAGE_MAPPING);
        if (mapping.isPresent()) {
            // The listeners of most brokers have it on their annotation, those that are not listed above too.
            Class<?> root = mapping.getRoot().getType();
            return annotated(
                    root.getSimpleName(), mapping.isDirectlyPresent() ? Instead.CONNECTION : Instead.REGISTERED);
        }
        boolean streams = ClassUtils.isPresent(CLOUD_STREAM, classes);
        for (Class<?> each : ClassUtils.getAllInterfacesForClassAsSet(type)) {
            Instead instead = INTERFACES.get(each.getName());
            if (instead == null && streams && FUNCTIONS.contains(each.getName())) {
                instead = Instead.BINDING;
            }
            if (instead != null && isAsked(each, method)) {
                return new MessageHandler("takes messages as a " + each.getSimpleName(), sentence(instead));
            }
        }
        return null;
    }

    /** By name, as the type of the message varies. Default methods, such as {@code Function.andThen}, take none. */
    private static boolean isAsked(Class<?> contract, Method method) {
        return Arrays.stream(contract.getMethods())
                .anyMatch(each -> Modifier.isAbstract(each.getModifiers())
                        && each.getName().equals(method.getName()));
    }

    private static MessageHandler annotated(String annotation, Instead instead) {
        return new MessageHandler("takes messages by @" + annotation, sentence(instead));
    }

    private static String sentence(Instead instead) {
        return "Instead of @LeaderOnly, " + instead.advice;
    }
}
