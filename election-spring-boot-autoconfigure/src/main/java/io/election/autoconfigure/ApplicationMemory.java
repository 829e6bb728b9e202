package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.StateMachine;
import io.election.memory.JsonValues;
import io.election.memory.Memory;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decides which replicated memory this application has, if any: a store, or one that feeds its state machine. The state machine is made
 * when the member starts, so it may itself use the log, and beans that need long to be made.
 */
final class ApplicationMemory {

    private final Mode mode;
    private final ElectionProperties properties;
    private final ConfigurableListableBeanFactory beans;

    ApplicationMemory(Mode mode, ElectionProperties properties, ConfigurableListableBeanFactory beans) {
        this.mode = mode;
        this.properties = properties;
        this.beans = beans;
    }

    /**
     * Puts it together.
     *
     * @return the memory, or {@code null} if the application has none
     * @throws InvalidElectionConfigurationException if there is a store and a state machine, or a setting is wrong
     * @throws NoUniqueBeanDefinitionException if there are several state machines
     */
    @Nullable Memory memory(ObjectProvider<StateMachine> machines, ObjectProvider<JsonMapper> json) {
        String machine = machine();
        MemoryReader reader = new MemoryReader(properties);
        if (!properties.store().enabled()) {
            return machine == null
                    ? null
                    : prepared(Memory.of(mode.cluster(), mode.nodeId(), reader.ofStateMachine(), machines::getObject));
        }
        if (machine != null) {
            throw new InvalidElectionConfigurationException(
                    "election.store.enabled",
                    true,
                    "the application has a state machine of its own, the bean '" + machine
                            + "', and the log of a cluster feeds one state machine",
                    "Remove election.store.enabled, and keep named values in that state machine; or remove the bean.");
        }
        return prepared(Memory.ofStore(mode.cluster(), mode.nodeId(), reader.ofStore(), new JsonValues(mapper(json))));
    }

    /** Where no election is held, nothing is replicated. */
    private Memory prepared(Memory memory) {
        if (mode instanceof Mode.Disabled) {
            memory.isUnavailable(
                    "No election is held, because election.enabled=false, so there is no replicated memory.");
        }
        return memory;
    }

    /** The name of the bean that is the state machine, or {@code null}. */
    private @Nullable String machine() {
        List<String> names = List.of(beans.getBeanNamesForType(StateMachine.class, true, false));
        if (names.size() > 1) {
            return names.stream()
                    .filter(name -> beans.containsBeanDefinition(name)
                            && beans.getBeanDefinition(name).isPrimary())
                    .findFirst()
                    .orElseThrow(() -> new NoUniqueBeanDefinitionException(StateMachine.class, names));
        }
        return names.isEmpty() ? null : names.get(0);
    }

    /** The application's mapper, which is asked for when the first value is encoded or decoded. */
    private static Supplier<JsonMapper> mapper(ObjectProvider<JsonMapper> json) {
        return new Supplier<>() {
            private volatile @Nullable JsonMapper known;

            @Override
            public JsonMapper get() {
                JsonMapper mapper = known;
                if (mapper == null) {
                    mapper = json.getIfUnique(JsonMapper::new);
                    known = mapper;
                }
                return mapper;
            }
        };
    }
}
