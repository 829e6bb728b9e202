package io.election.autoconfigure;

import io.election.core.Payload;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceQuestion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.ClassUtils;

/** What a native image has to keep so that members can read and write each other's messages in JSON. */
final class PeerMessageHints implements RuntimeHintsRegistrar {

    /** What the codec keeps to itself: a member's answers to who asks about it, and how entries are told apart. */
    private static final List<String> OF_THE_CODEC = List.of("WhoAmI", "Presence", "PayloadKinds");

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
        List<Class<?>> types = new ArrayList<>(List.of(PresenceQuestion.class));
        for (Class<?> sealed : List.of(Request.class, Response.class, Payload.class)) {
            addRecords(sealed, types);
        }
        String codec = PeerTransport.class.getPackageName() + ".MessageCodec$";
        OF_THE_CODEC.forEach(name -> types.add(ClassUtils.resolveClassName(codec + name, loader)));
        new BindingReflectionHintsRegistrar()
                .registerReflectionHints(hints.reflection(), types.toArray(Class<?>[]::new));
    }

    /** The records at the leaves of a hierarchy of sealed types. */
    private static void addRecords(Class<?> type, List<Class<?>> types) {
        if (type.isSealed()) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                addRecords(permitted, types);
            }
        } else {
            types.add(type);
        }
    }
}
