package io.election.fencing.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;

/** One bean of several, by a setting, or because it is the only or the primary one. */
final class ChosenBean {

    private ChosenBean() {}

    /**
     * The bean.
     *
     * @param what such as 'data source', for sentences
     */
    static <T> T of(ListableBeanFactory beans, Class<T> type, String what, String property, @Nullable String name) {
        List<String> names =
                Arrays.asList(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, type, true, false));
        if (name != null) {
            if (!names.contains(name)) {
                throw new InvalidElectionConfigurationException(
                        property,
                        name,
                        "there is no " + what + " with that name",
                        "Set it to one of " + String.join(", ", names) + ".");
            }
            return beans.getBean(name, type);
        }
        T chosen = beans.getBeanProvider(type).getIfUnique();
        if (chosen == null) {
            throw new InvalidElectionConfigurationException(
                    property,
                    null,
                    "there is more than one " + what + " (" + String.join(", ", names) + ") and none is primary",
                    "Set " + property + " to the one that the leader writes to, or mark that one as @Primary.");
        }
        return chosen;
    }
}
