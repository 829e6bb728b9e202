package io.election.autoconfigure;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.ListableBeanFactory;

/** Beans of one context, leaving out those of its ancestors: each context looks after its own. */
final class LocalBeans {

    private LocalBeans() {}

    static boolean has(ListableBeanFactory beans, Class<?> type) {
        return beans.getBeanNamesForType(type, true, false).length > 0;
    }

    /** All of a type, in their order. */
    static <T> List<T> ordered(ListableBeanFactory beans, Class<T> type) {
        Set<T> local = Collections.newSetFromMap(new IdentityHashMap<>());
        local.addAll(beans.getBeansOfType(type).values());
        return local.isEmpty()
                ? List.of()
                : beans.getBeanProvider(type)
                        .orderedStream()
                        .filter(local::contains)
                        .toList();
    }
}
