package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Member;
import io.election.core.MemberKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Settings that are right in themselves and undo each other are named at the start, which goes on. */
class FightingSettingsTests {

    private static List<String> warnings(String... settings) {
        Map<String, Object> map = new HashMap<>();
        for (String setting : settings) {
            map.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        ApplicationConversionService conversions = new ApplicationConversionService();
        conversions.addConverter(new MemberConverter());
        StandardEnvironment environment = new StandardEnvironment();
        environment.setConversionService(conversions);
        environment.getPropertySources().addFirst(new MapPropertySource("test", map));
        ElectionProperties properties = new Binder(ConfigurationPropertySources.get(environment), null, conversions)
                .bindOrCreate("election", ElectionProperties.class);
        List<String> warnings = new ArrayList<>();
        new TimingReader(properties, environment, false)
                .read("orders", "a", List.of(new Member("a", MemberKind.DATA, 0, false)), warnings);
        return warnings;
    }

    @Test
    void theDefaultsDoNotFight() {
        assertThat(warnings()).isEmpty();
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({
        "election.handover.timeout=30s, a=b, true",
        "election.handover.timeout=29s, a=b, false",
        "election.handover.timeout=5s, spring.lifecycle.timeout-per-shutdown-phase=5s, true",
        "election.handover.timeout=5s, spring.lifecycle.timeout-per-shutdown-phase=6s, false",
        "election.health.leaderless-grace=1999ms, a=b, true",
        "election.health.leaderless-grace=2s, a=b, false",
        "server.jetty.connection-idle-timeout=200ms, a=b, true",
        "server.jetty.connection-idle-timeout=201ms, a=b, false",
        "server.jetty.connection-idle-timeout=200ms, election.peer.port=8090, false"
    })
    void bothSidesAreNamed(String one, String other, boolean fight) {
        List<String> warnings = warnings(one, other);
        if (fight) {
            assertThat(warnings).singleElement().asString().startsWith(one.substring(0, one.indexOf('=')) + " is ");
            if (other.contains(".")) {
                assertThat(warnings.get(0)).contains(other.substring(0, other.indexOf('=')));
            }
        } else {
            assertThat(warnings).isEmpty();
        }
    }
}
