package io.election.fencing.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.FencingToken;
import io.election.Leadership;
import io.election.fencing.FencingTokenInterceptor;
import io.election.fencing.JdbcFence;
import io.election.fencing.StaleFencingTokenException;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/** A service that only guards: it depends on this module, and elects nobody. */
@ExtendWith(OutputCaptureExtension.class)
class GuardingServiceTests {

    private static ConfigurableApplicationContext service() {
        return new SpringApplicationBuilder(Service.class)
                .run(
                        "--spring.application.name=accounts",
                        "--spring.main.banner-mode=off",
                        // Its lines name the class and the directory.
                        "--spring.main.log-startup-info=false",
                        "--logging.level.root=INFO",
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--spring.datasource.url=jdbc:h2:mem:accounts",
                        "--spring.data.redis.port=1",
                        "--election.fencing.http.memory=jdbc",
                        "--election.fencing.http.guards[0].path=/accounts/{id}",
                        "--election.fencing.http.guards[0].resource=account-{id}");
    }

    @Test
    void hasNoEngineOnItsClassPath() throws IOException {
        Set<String> packages = new TreeSet<>();
        for (Resource type :
                new PathMatchingResourcePatternResolver().getResources("classpath*:io/election/**/*.class")) {
            String path = type.getURL().getPath();
            packages.add(path.substring(path.lastIndexOf("/io/election/") + 1, path.lastIndexOf('/')));
        }
        assertThat(packages).containsExactly("io/election", "io/election/fencing", "io/election/fencing/autoconfigure");
    }

    @Test
    void guards() {
        try (ConfigurableApplicationContext service = service()) {
            JdbcFence fence = service.getBean(JdbcFence.class);
            TransactionTemplate transaction =
                    new TransactionTemplate(service.getBean(PlatformTransactionManager.class));
            transaction.executeWithoutResult(status -> fence.guard("orders", new FencingToken(10)));
            assertThatExceptionOfType(StaleFencingTokenException.class)
                    .isThrownBy(() ->
                            transaction.executeWithoutResult(status -> fence.guard("orders", new FencingToken(9))));

            String url = "http://127.0.0.1:" + service.getEnvironment().getRequiredProperty("local.server.port");
            post(url, 10);
            assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> post(url, 9));
        }
    }

    private static void post(String url, long token) {
        RestClient.builder()
                .baseUrl(url)
                .requestFactory(new JdkClientHttpRequestFactory())
                .requestInterceptor(new FencingTokenInterceptor(() -> new FencingToken(token)))
                .build()
                .post()
                .uri("/accounts/1")
                .retrieve()
                .toBodilessEntity();
    }

    @Test
    void takesItselfForNoLeader(CapturedOutput output) {
        try (ConfigurableApplicationContext service = service()) {
            assertThat(service.getBeanNamesForType(Leadership.class)).isEmpty();
            assertThat(service.getBeanNamesForType(FencingTokenInterceptor.class))
                    .isEmpty();
        }
        assertThat(output).contains("Tomcat started").doesNotContainIgnoringCase("election");
    }

    @EnableAutoConfiguration
    @RestController
    static class Service {

        @PostMapping("/accounts/{id}")
        void post() {}
    }
}
