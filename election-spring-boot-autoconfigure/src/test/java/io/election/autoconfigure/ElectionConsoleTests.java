package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.actuate.ConsoleEndpoint;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
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

    /** Protected as the documentation shows. */
    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class ProtectedApplication {

        @Bean
        SecurityFilterChain actuator(HttpSecurity http) throws Exception {
            return http.securityMatcher(EndpointRequest.toAnyEndpoint())
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasRole("OPERATOR"))
                    .httpBasic(Customizer.withDefaults())
                    .csrf(csrf -> csrf.spa())
                    .build();
        }
    }

    private static ConfigurableApplicationContext start(Stack stack, String... properties) {
        return start(Application.class, stack, properties);
    }

    private static ConfigurableApplicationContext start(Class<?> application, Stack stack, String... properties) {
        return new SpringApplicationBuilder(application)
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

    @ParameterizedTest
    @EnumSource(Stack.class)
    void isOffByDefault(Stack stack, CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext context = start(stack, "management.endpoints.web.exposure.include=*")) {
            assertThat(get(context, "/actuator/electionconsole", BROWSER).statusCode())
                    .isEqualTo(404);
            assertThat(get(context, "/actuator/electionconsole/console.js", "*/*")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(get(context, "/actuator", "application/json").body())
                    .contains("actuator/election\"")
                    .doesNotContain("electionconsole");
            assertThat(output).doesNotContain("election.console.enabled");
        }
    }

    /** Ahead-of-time processing decides conditions when it builds, and a switch belongs to the start. */
    @Test
    void noConditionReadsTheSwitch() {
        assertThat(ElectionConsoleAutoConfiguration.class.getAnnotations())
                .noneMatch(annotation ->
                        annotation.annotationType().getSimpleName().contains("Property"));
        assertThat(ElectionConsoleAutoConfiguration.class.getDeclaredMethods())
                .flatExtracting(method -> List.of(method.getAnnotations()))
                .noneMatch(annotation ->
                        annotation.annotationType().getSimpleName().contains("Property"));
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

    @Test
    void actionsNeedTheTokenThatThePageGetsAsACookie() throws Exception {
        try (ConfigurableApplicationContext context = start(
                ProtectedApplication.class,
                Stack.SERVLET,
                "election.console.enabled=true",
                "management.endpoint.election.access=unrestricted",
                "management.endpoints.web.exposure.include=election,electionconsole",
                "spring.security.user.name=ada",
                "spring.security.user.password=secret",
                "spring.security.user.roles=OPERATOR")) {
            assertThat(get(context, "/actuator/electionconsole", BROWSER).statusCode())
                    .isEqualTo(401);
            HttpResponse<String> page = client.send(
                    operator(context, "/actuator/electionconsole").build(), HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).isEqualTo(200);
            String cookie = page.headers().allValues("Set-Cookie").stream()
                    .filter(set -> set.startsWith("XSRF-TOKEN="))
                    .findFirst()
                    .orElseThrow();
            assertThat(cookie).as("a script has to read it").doesNotContainIgnoringCase("HttpOnly");
            String token = cookie.substring("XSRF-TOKEN=".length()).split(";")[0];
            assertThat(act(context, token, null)).isEqualTo(403);
            assertThat(act(context, token, "another")).isEqualTo(403);
            assertThat(act(context, token, token)).isEqualTo(200);
        }
    }

    private static HttpRequest.Builder operator(ConfigurableApplicationContext context, String path) {
        int port = ((WebServerApplicationContext) context).getWebServer().getPort();
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString("ada:secret".getBytes(StandardCharsets.UTF_8)));
    }

    private int act(ConfigurableApplicationContext context, String cookie, @Nullable String header) throws Exception {
        HttpRequest.Builder request = operator(context, "/actuator/election")
                .header("Content-Type", "application/json")
                .header("Cookie", "XSRF-TOKEN=" + cookie)
                .POST(HttpRequest.BodyPublishers.ofString("{\"action\":\"step-down\"}"));
        if (header != null) {
            request.header("X-XSRF-TOKEN", header);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
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
