package io.election.core.explorer;

import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Copies a member with everything that belongs to it. Immutable objects are shared: records, strings, numbers, and
 * whatever is of another kind and not a collection.
 */
final class Copier {

    private final IdentityHashMap<Object, Object> copies = new IdentityHashMap<>(128);

    private Copier() {}

    @SuppressWarnings("unchecked")
    static <T> T copy(T original) {
        try {
            return (T) new Copier().copied(original);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot copy " + original.getClass(), e);
        }
    }

    private Object copied(Object original) throws ReflectiveOperationException {
        if (original == null) {
            return null;
        }
        Class<?> type = original.getClass();
        if (ObjectShape.isOurs(type)) {
            return type.isEnum() || original instanceof Enum<?> || type.isSynthetic() || type.isHidden()
                    ? original
                    : copiedObject(original, ObjectShape.of(type));
        }
        return original instanceof Collection<?> || original instanceof Map<?, ?>
                ? copiedCollection(original)
                : original;
    }

    private Object copiedObject(Object original, ObjectShape shape) throws ReflectiveOperationException {
        if (shape.isImmutable() || original instanceof FixedDraws) {
            return original;
        }
        Object known = copies.get(original);
        if (known != null) {
            return known;
        }
        if (original instanceof Record) {
            RecordComponent[] components = shape.components();
            Object[] values = new Object[components.length];
            for (int i = 0; i < values.length; i++) {
                components[i].getAccessor().setAccessible(true);
                values[i] = copied(components[i].getAccessor().invoke(original));
            }
            Object copy = shape.create(values);
            copies.put(original, copy);
            return copy;
        }
        Object copy = shape.allocate();
        copies.put(original, copy);
        for (Field field : shape.fields()) {
            Class<?> of = field.getType();
            if (of == long.class) {
                field.setLong(copy, field.getLong(original));
            } else if (of == boolean.class) {
                field.setBoolean(copy, field.getBoolean(original));
            } else if (of == int.class) {
                field.setInt(copy, field.getInt(original));
            } else {
                field.set(copy, copied(field.get(original)));
            }
        }
        return copy;
    }

    private Object copiedCollection(Object original) throws ReflectiveOperationException {
        Object known = copies.get(original);
        if (known != null) {
            return known;
        }
        Object copy = emptyLike(original);
        if (copy == null) {
            return original;
        }
        copies.put(original, copy);
        if (original instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Map<Object, Object> into = (Map<Object, Object>) copy;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                into.put(entry.getKey(), copied(entry.getValue()));
            }
        } else if (original instanceof Collection<?> from) {
            @SuppressWarnings("unchecked")
            Collection<Object> into = (Collection<Object>) copy;
            for (Object element : from) {
                into.add(copied(element));
            }
        }
        return copy;
    }

    /** An empty collection of the same kind, or {@code null} if the collection cannot be changed and is shared. */
    private static Object emptyLike(Object original) {
        Class<?> type = original.getClass();
        if (type == ArrayList.class) {
            return new ArrayList<>();
        } else if (type == ArrayDeque.class) {
            return new ArrayDeque<>();
        } else if (type == TreeMap.class) {
            return new TreeMap<>();
        } else if (type == LinkedHashMap.class) {
            return new LinkedHashMap<>();
        } else if (type == HashMap.class) {
            return new HashMap<>();
        } else if (type == TreeSet.class) {
            return new TreeSet<>();
        } else if (type == HashSet.class) {
            return new HashSet<>();
        } else if (type.getName().startsWith("java.util.ImmutableCollections$")
                || type.getName().startsWith("java.util.Collections$")) {
            return null;
        }
        throw new IllegalStateException("it is not known how to copy a " + type + ": add it here");
    }
}
