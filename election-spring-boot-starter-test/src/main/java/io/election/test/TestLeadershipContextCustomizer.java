package io.election.test;

import io.election.Leadership;
import io.election.core.Journal;
import io.election.journal.MemoryJournal;
import io.election.node.ElectionFactory;
import io.election.peer.PeerTransport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.StringUtils;

/**
 * Puts the leadership of a context that has one into the hands of its tests: once all beans are defined, those that would
 * reach for a disk or for peers give way. Part of the context's key, and equal for all tests that want the same.
 *
 * @param replace what the annotation says, or {@code null} where there is none and a property decides
 */
record TestLeadershipContextCustomizer(@Nullable Boolean replace) implements ContextCustomizer {

    static final String REPLACE_PROPERTY = "election.test.replace";

    /** The auto-configuration's own name of its bean; an application's own leadership is left alone. */
    private static final String LEADERSHIP = "electionLeadership";

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        if (!AotDetector.useGeneratedArtifacts()) {
            context.addBeanFactoryPostProcessor(beans -> replaceIn(context.getEnvironment(), beans));
        }
    }

    private void replaceIn(ConfigurableEnvironment environment, ConfigurableListableBeanFactory beans) {
        if (!replaces(environment)
                || !(beans instanceof BeanDefinitionRegistry registry)
                || !registry.containsBeanDefinition(LEADERSHIP)) {
            return;
        }
        define(registry, beans, "electionFactory", ElectionFactory.class, ElectionScript.class);
        define(registry, beans, "electionJournal", Journal.class, MemoryJournal.class);
        define(registry, beans, "electionPeerTransport", PeerTransport.class, NoPeers.class);
        define(registry, beans, LEADERSHIP, Leadership.class, TestLeadership.class);
        settle(environment);
    }

    private boolean replaces(ConfigurableEnvironment environment) {
        if (replace != null) {
            return replace;
        }
        // Without an election there is nothing to replace, and somebody may rely on that.
        return environment.getProperty(REPLACE_PROPERTY, Boolean.class, true)
                && environment.getProperty("election.enabled", Boolean.class, true);
    }

    /** In place of whatever there is of that type: an application's own journal may be on a disk, too. */
    private static <T, S extends T> void define(
            BeanDefinitionRegistry registry,
            ConfigurableListableBeanFactory beans,
            String name,
            Class<T> type,
            Class<S> by) {
        for (String replaced : beans.getBeanNamesForType(type, true, false)) {
            if (registry.containsBeanDefinition(replaced)) {
                registry.removeBeanDefinition(replaced);
            }
        }
        RootBeanDefinition definition = new RootBeanDefinition(by);
        definition.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
        registry.registerBeanDefinition(name, definition);
    }

    // ------------------------------------------------------------------------------------------------ the settings

    /** The settings are for the machines of production: what a test's machine cannot know of itself is said here. */
    private static void settle(ConfigurableEnvironment environment) {
        Map<String, Object> settled = new LinkedHashMap<>();
        settled.put("election.enabled", true);
        List<Listed> members = members(environment);
        if (members == null) {
            // A build may run on a platform where an application without members must say that it is meant.
            settled.put("election.standalone", true);
        } else if (!StringUtils.hasText(environment.getProperty("election.node-id"))) {
            members.stream()
                    .filter(member -> member.kind().equalsIgnoreCase("data") && StringUtils.hasText(member.id()))
                    .findFirst()
                    .ifPresent(first -> settled.put("election.node-id", String.valueOf(first.id())));
        }
        environment.getPropertySources().addFirst(new MapPropertySource("testLeadership", settled));
    }

    /** As much of a member as is asked for here. */
    record Listed(@Nullable String id, @DefaultValue("data") String kind) {

        static Listed of(String idAndUrl) {
            int equals = idAndUrl.indexOf('=');
            return new Listed(equals < 0 ? null : idAndUrl.substring(0, equals).trim(), "data");
        }
    }

    private static @Nullable List<Listed> members(ConfigurableEnvironment environment) {
        ApplicationConversionService conversions = new ApplicationConversionService();
        Converter<String, Listed> fromText = Listed::of;
        conversions.addConverter(String.class, Listed.class, fromText);
        Binder binder = new Binder(
                ConfigurationPropertySources.get(environment),
                new PropertySourcesPlaceholdersResolver(environment),
                conversions,
                null,
                BindHandler.DEFAULT);
        return binder.bind("election.members", Bindable.listOf(Listed.class)).orElse(null);
    }
}
