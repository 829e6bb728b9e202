package io.election.core.explorer;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The fields of one class of the core, found by reflection. So a field that is new in the core is copied and compared
 * without anybody having to think of it.
 */
final class ObjectShape {

    private static final Map<Class<?>, ObjectShape> KNOWN = new ConcurrentHashMap<>();

    private final Class<?> type;
    private final Field[] fields;
    private final Constructor<?> constructor;
    private final boolean immutable;

    private ObjectShape(Class<?> type) {
        this.type = type;
        List<Field> found = new ArrayList<>();
        for (Class<?> c = type; c != Object.class && c != Record.class && c != null; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                    field.setAccessible(true);
                    found.add(field);
                }
            }
        }
        found.sort(Comparator.comparing(Field::getName));
        this.fields = found.toArray(Field[]::new);
        this.immutable = type.isRecord() && !holdsMutable(type);
        try {
            this.constructor = type.isRecord() ? canonical(type) : withoutInitialising(type);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot copy " + type, e);
        }
    }

    static ObjectShape of(Class<?> type) {
        ObjectShape known = KNOWN.get(type);
        if (known == null) {
            known = new ObjectShape(type);
            KNOWN.put(type, known);
        }
        return known;
    }

    /** Whether the project owns a class, so that its fields may be looked at. */
    static boolean isOurs(Class<?> type) {
        return type.getName().startsWith("io.election.");
    }

    Field[] fields() {
        return fields;
    }

    /** Whether objects of this class can be shared between copies. */
    boolean isImmutable() {
        return immutable;
    }

    private static boolean holdsMutable(Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            Class<?> held = component.getType();
            if (isOurs(held) && !held.isRecord() && !held.isEnum() && !held.isInterface()) {
                return true;
            }
        }
        return false;
    }

    private static Constructor<?> canonical(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] parameters = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            parameters[i] = components[i].getType();
        }
        Constructor<?> canonical = type.getDeclaredConstructor(parameters);
        canonical.setAccessible(true);
        return canonical;
    }

    /** The constructor that deserialisation uses, which runs no code of the class. Its type is not part of Java's API. */
    private static Constructor<?> withoutInitialising(Class<?> type) throws ReflectiveOperationException {
        Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
        Object instance = factory.getMethod("getReflectionFactory").invoke(null);
        return (Constructor<?>) factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(instance, type, Object.class.getDeclaredConstructor());
    }

    Object allocate() throws ReflectiveOperationException {
        return constructor.newInstance();
    }

    /** Creates a record from its components, given in their order. */
    Object create(Object[] components) throws ReflectiveOperationException {
        return constructor.newInstance(components);
    }

    RecordComponent[] components() {
        return type.getRecordComponents();
    }
}
