package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;

import io.election.actuate.ElectionEndpoint;
import io.election.actuate.ElectionEndpointWebExtension;
import io.election.actuate.ElectionStoreEndpoint;
import io.election.core.Payload;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PresenceQuestion;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

/** A native image keeps what is reached by reflection only if a hint says so. */
class RuntimeHintsTests {

    private static RuntimeHints hints;

    @BeforeAll
    static void process() {
        try (AnnotationConfigServletWebServerApplicationContext context =
                new AnnotationConfigServletWebServerApplicationContext()) {
            context.register(Application.class);
            context.getEnvironment().setConversionService(new ApplicationConversionService());
            TestPropertyValues.of(
                            "election.cluster=orders",
                            "election.standalone=true",
                            "management.endpoints.web.exposure.include=*",
                            "management.endpoint.electionstore.access=read-only",
                            "management.endpoint.election.access=unrestricted",
                            "management.endpoint.health.group.readiness.include=electionReadiness")
                    .applyTo(context);
            DefaultGenerationContext generation = new DefaultGenerationContext(
                    new ClassNameGenerator(ClassName.get(Application.class)), new InMemoryGeneratedFiles());
            new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
            hints = generation.getRuntimeHints();
        }
    }

    @Test
    void everythingThatTheEndpointsAnswerCanBeWritten() throws IOException {
        List<Class<?>> answers = new ArrayList<>();
        for (String name : classesOf("io/election/actuate")) {
            if (name.contains("Descriptor")) {
                addTo(answers, name);
            }
        }
        assertThat(answers)
                .extracting(Class::getSimpleName)
                .contains("ElectionDescriptor", "FollowerDescriptor", "Quorum");
        assertThat(answers).filteredOn(Class::isRecord).allSatisfy(RuntimeHintsTests::isBound);
    }

    @Test
    void theOperationsOfTheEndpointsCanBeCalled() {
        for (Class<?> endpoint :
                List.of(ElectionEndpoint.class, ElectionEndpointWebExtension.class, ElectionStoreEndpoint.class)) {
            List<Method> operations = Arrays.stream(endpoint.getDeclaredMethods())
                    .filter(m ->
                            m.isAnnotationPresent(ReadOperation.class) || m.isAnnotationPresent(WriteOperation.class))
                    .toList();
            assertThat(operations)
                    .isNotEmpty()
                    .allSatisfy(operation -> assertThat(reflection().onMethodInvocation(operation))
                            .as(operation.toString())
                            .accepts(hints));
        }
    }

    @Test
    void membersCanReadAndWriteAllTheirMessages() throws ClassNotFoundException {
        List<Class<?>> messages = new ArrayList<>(List.of(
                PresenceQuestion.class,
                Class.forName("io.election.peer.MessageCodec$WhoAmI"),
                Class.forName("io.election.peer.MessageCodec$Presence")));
        for (Class<?> sealed : List.of(Request.class, Response.class, Payload.class)) {
            leaves(sealed, messages);
        }
        assertThat(messages).hasSizeGreaterThan(20).allSatisfy(RuntimeHintsTests::isBound);
        assertThat(reflection().onType(Class.forName("io.election.peer.MessageCodec$PayloadKinds")))
                .accepts(hints);
    }

    @Test
    void theSettingsCanBeBound() {
        List<Class<?>> settings = new ArrayList<>(List.of(ElectionProperties.class));
        for (int i = 0; i < settings.size(); i++) {
            settings.addAll(Arrays.stream(settings.get(i).getDeclaredClasses())
                    .filter(Class::isRecord)
                    .toList());
        }
        assertThat(settings).hasSizeGreaterThan(5).allSatisfy(type -> {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                assertThat(reflection().onConstructorInvocation(constructor))
                        .as(constructor.toString())
                        .accepts(hints);
            }
        });
    }

    @Test
    void theServletContainerCanMakeWhatTakesAConnectionOver() throws NoSuchMethodException {
        assertThat(reflection().onConstructorInvocation(PeerUpgradeHandler.class.getConstructor()))
                .accepts(hints);
    }

    /** A record can be made from its components, and asked for them. */
    private static void isBound(Class<?> type) {
        assertThat(reflection().onType(type)).as(type.getName()).accepts(hints);
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == type.getRecordComponents().length) {
                assertThat(reflection().onConstructorInvocation(constructor))
                        .as(constructor.toString())
                        .accepts(hints);
            }
        }
        for (RecordComponent component : type.getRecordComponents()) {
            assertThat(reflection().onMethodInvocation(component.getAccessor()))
                    .as(component.toString())
                    .accepts(hints);
            if (component.getType().isRecord()) {
                isBound(component.getType());
            }
        }
    }

    private static void leaves(Class<?> type, List<Class<?>> found) {
        if (type.isSealed()) {
            Stream.of(type.getPermittedSubclasses()).forEach(permitted -> leaves(permitted, found));
        } else {
            found.add(type);
        }
    }

    private static List<String> classesOf(String folder) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target/classes", folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class"))
                    .map(name -> folder.replace('/', '.') + "." + name.substring(0, name.length() - ".class".length()))
                    .toList();
        }
    }

    private static void addTo(List<Class<?>> classes, String name) {
        try {
            classes.add(Class.forName(name));
        } catch (ClassNotFoundException ex) {
            throw new AssertionError(ex);
        }
    }

    @EnableAutoConfiguration
    static class Application {}
}
