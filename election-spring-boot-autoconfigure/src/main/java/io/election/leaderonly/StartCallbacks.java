package io.election.leaderonly;

import io.election.LeaderChangedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.Lifecycle;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.Phased;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.ContextStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * Which methods are called, through the proxy, when this member does not lead: while the application starts, when its leadership has
 * ended, or on every member at a change of leader. During the start a refusal would stop every member, and a skipped call is never
 * repeated.
 */
final class StartCallbacks {

    private static final List<Class<?>> RUN_AT_THE_START =
            List.of(SmartInitializingSingleton.class, ApplicationRunner.class, CommandLineRunner.class);

    private static final List<Class<?>> LIFECYCLE = List.of(SmartLifecycle.class, Lifecycle.class, Phased.class);

    /** Published before this member stands. */
    private static final List<Class<?>> START_EVENTS = List.of(
            ContextRefreshedEvent.class,
            ApplicationStartedEvent.class,
            ApplicationReadyEvent.class,
            AvailabilityChangeEvent.class,
            ApplicationFailedEvent.class,
            ContextStartedEvent.class);

    /** Of an optional module. */
    private static final String WEB_SERVER_EVENT =
            "org.springframework.boot.web.server.context.WebServerInitializedEvent";

    /** When a method is called. */
    enum Time {
        START,
        LIFECYCLE,
        EVERYWHERE,
        END
    }

    /**
     * Why a method is called when this member does not lead.
     *
     * @param time when that is
     * @param because the end of a sentence that begins with the method
     */
    record StartCallback(Time time, String because) {}

    private StartCallbacks() {}

    /** Why this method of a bean is called when this member does not lead, or {@code null} if it is not. */
    static @Nullable StartCallback of(Method method, Class<?> type) {
        for (Class<?> contract : RUN_AT_THE_START) {
            if (implementsOf(contract, type, method)) {
                return new StartCallback(
                        Time.START,
                        "belongs to " + contract.getSimpleName() + ", which every member runs while it starts");
            }
        }
        for (Class<?> contract : LIFECYCLE) {
            if (implementsOf(contract, type, method)) {
                return new StartCallback(
                        Time.LIFECYCLE,
                        "belongs to " + contract.getSimpleName() + ", by which every member starts and stops the bean");
            }
        }
        for (Class<?> event : events(method, type)) {
            if (isStart(event)) {
                return new StartCallback(
                        Time.START,
                        "listens to " + event.getSimpleName() + ", which is published while the application starts");
            }
            if (event == LeaderChangedEvent.class || event == MembersChangedEvent.class) {
                return new StartCallback(
                        Time.EVERYWHERE,
                        "listens to " + event.getSimpleName() + ", which is published on every member");
            }
            if (event.isAssignableFrom(StepDownEvent.class)) {
                return new StartCallback(
                        Time.END,
                        "listens to " + event.getSimpleName()
                                + ", which is published when this member no longer leads");
            }
        }
        return null;
    }

    private static boolean implementsOf(Class<?> contract, Class<?> type, Method method) {
        return contract.isAssignableFrom(type)
                && ClassUtils.hasMethod(contract, method.getName(), method.getParameterTypes());
    }

    /** Supertypes of an event count, too: a listener of all events receives those of the start. */
    private static boolean isStart(Class<?> event) {
        for (Class<?> start : START_EVENTS) {
            if (event.isAssignableFrom(start)) {
                return true;
            }
        }
        for (Class<?> each = event; each != null; each = each.getSuperclass()) {
            if (each.getName().equals(WEB_SERVER_EVENT)) {
                return true;
            }
        }
        return false;
    }

    /** The types of events that a method listens to. */
    private static List<Class<?>> events(Method method, Class<?> type) {
        MergedAnnotation<EventListener> listener =
                MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).get(EventListener.class);
        List<Class<?>> events = new ArrayList<>();
        if (listener.isPresent()) {
            events.addAll(List.of(listener.getClassArray("classes")));
            if (events.isEmpty() && method.getParameterCount() == 1) {
                // As Spring does, which takes a type variable for any event.
                events.add(event(ResolvableType.forMethodParameter(method, 0), method.getParameterTypes()[0]));
            }
            if (!listener.getString("condition").isEmpty()) {
                // The condition may exclude the events of the start.
                events.removeIf(event -> event.isAssignableFrom(ApplicationEvent.class));
            }
        } else if (method.getName().equals("onApplicationEvent")
                && method.getParameterCount() == 1
                && ApplicationListener.class.isAssignableFrom(type)
                // Says itself, when it is asked, which events it takes.
                && !SmartApplicationListener.class.isAssignableFrom(type)) {
            events.add(event(
                    ResolvableType.forClass(type).as(ApplicationListener.class).getGeneric(), ApplicationEvent.class));
        }
        return events;
    }

    /** The type of an event, or of what it carries. */
    private static Class<?> event(ResolvableType taken, Class<?> otherwise) {
        Class<?> event = taken.resolve(otherwise);
        return event == PayloadApplicationEvent.class ? taken.getGeneric().resolve(event) : event;
    }
}
