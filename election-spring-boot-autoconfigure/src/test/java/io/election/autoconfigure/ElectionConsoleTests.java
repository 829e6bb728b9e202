package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.actuate.ConsoleEndpoint;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;

/** The console's files, as a browser asks for them, and when there are none. */
@ExtendWith(OutputCaptureExtension.class)
class ElectionConsoleTests {

    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

    private final HttpClient client = HttpClient.newHttpClient();

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {

        @Configuration(proxyBeanMethods = false)
        @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
        static class Servlet {
            @Bean
            SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
                return http.authorizeHttpRequests(
                                requests -> requests.anyRequest().permitAll())
                        .build();
            }
        }

        @Configuration(proxyBeanMethods = false)
        @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
        static class Reactive {
            @Bean
            SecurityWebFilterChain openToAll(ServerHttpSecurity http) {
                return http.authorizeExchange(requests -> requests.anyExchange().permitAll())
                        .build();
            }
        }
    }

    enum Stack {
        SERVLET,
        REACTIVE
    }

    private static ConfigurableApplicationContext start(Stack stack, String... properties) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.valueOf(stack.name()))
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "election.standalone=true",
                        "spring.jmx.enabled=false",
                        "spring.main.banner-mode=off")
                .properties(properties)
                .run();
    }

    private HttpResponse<String> get(ConfigurableApplicationContext context, String path, String accept)
            throws Exception {
        int port = ((WebServerApplicationContext) context).getWebServer().getPort();
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @EnumSource(Stack.class)
    void isServedBelowTheActuatorsPath(Stack stack) throws Exception {
        try (ConfigurableApplicationContext context = start(
                stack,
                "election.console.enabled=true",
                "management.endpoints.web.exposure.include=election,electionconsole")) {
            HttpResponse<String> page = get(context, "/actuator/electionconsole", BROWSER);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-type")).hasValue("text/html;charset=UTF-8");
            assertThat(page.body())
                    .contains(
                            "data-election=\"election\"",
                            "data-actions=\"false\"",
                            "src=\"electionconsole/console.js\"")
                    .doesNotContain("{{");
            assertThat(type(context, "console.js", "*/*")).isEqualTo("text/javascript;charset=UTF-8");
            assertThat(type(context, "console.css", "text/css,*/*;q=0.1")).isEqualTo("text/css;charset=UTF-8");
            assertThat(type(context, "icon.svg", "image/avif,image/svg+xml,*/*;q=0.8"))
                    .startsWith("image/svg+xml");
            assertThat(get(context, "/actuator/electionconsole/application.yml", "*/*")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(get(context, "/actuator/election", "application/json").statusCode())
                    .isEqualTo(200);
        }
    }

    private String type(ConfigurableApplicationContext context, String asset, String accept) throws Exception {
        HttpResponse<String> answer = get(context, "/actuator/electionconsole/" + asset, accept);
        assertThat(answer.statusCode()).as(asset).isEqualTo(200);
        assertThat(answer.body()).isNotBlank();
        return answer.headers().firstValue("content-type").orElse("");
    }

    @Test
    void followsTheEndpointsToOtherPathsAndKnowsWhatMayBeChanged() throws Exception {
        try (ConfigurableApplicationContext context = start(
                Stack.SERVLET,
                "election.console.enabled=true",
                "management.endpoint.election.access=unrestricted",
                "management.endpoints.web.base-path=/manage",
                "management.endpoints.web.path-mapping.electionconsole=ops/console",
                "management.endpoints.web.path-mapping.election=who-leads",
                "management.endpoints.web.exposure.include=election,electionconsole")) {
            HttpResponse<String> page = get(context, "/manage/ops/console", BROWSER);
            assertThat(page.body())
                    .contains(
                            "data-election=\"../who-leads\"",
                            "data-actions=\"true\"",
                            "src=\"../ops/console/console.js\"");
            assertThat(get(context, "/manage/ops/console/console.js", "*/*").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void isOffByDefault() throws Exception {
        try (ConfigurableApplicationContext context =
                start(Stack.SERVLET, "management.endpoints.web.exposure.include=*")) {
            assertThat(context.getBeanNamesForType(ConsoleEndpoint.class)).isEmpty();
            assertThat(get(context, "/actuator/electionconsole", BROWSER).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void saysWhereItIsWantedAndNotExposed(CapturedOutput output) {
        try (ConfigurableApplicationContext context = start(
                Stack.SERVLET,
                "election.console.enabled=true",
                "management.endpoints.web.exposure.include=health,election")) {
            assertThat(context.getBeanNamesForType(ConsoleEndpoint.class)).isEmpty();
            assertThat(output).contains("the endpoint 'electionconsole' is not exposed over HTTP");
        }
    }

    /** So that a strict policy for content, the page's own or the application's, lets all of it through. */
    @Test
    void thePageHasNothingInlineAndNothingFromElsewhere() throws Exception {
        String page = new String(
                ConsoleEndpoint.class.getResourceAsStream("console/index.html").readAllBytes());
        String script = new String(
                ConsoleEndpoint.class.getResourceAsStream("console/console.js").readAllBytes());
        assertThat(page).contains("default-src 'none'; script-src 'self'; style-src 'self'");
        assertThat(Pattern.compile("<style|\\sstyle=|\\son\\w+=|javascript:|<script(?![^>]*src=)|https?://")
                        .matcher(page)
                        .results())
                .isEmpty();
        assertThat(Pattern.compile("innerHTML|insertAdjacentHTML|document\\.write|eval\\(|\\.style\\b|'style'")
                        .matcher(script)
                        .results())
                .isEmpty();
    }
}
