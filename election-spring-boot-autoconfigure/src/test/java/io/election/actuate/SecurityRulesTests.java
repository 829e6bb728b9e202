package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.Leadership;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** The rules that docs/security.md shows open to each caller what it may do, and no more. */
class SecurityRulesTests {

    private static final String STEP_DOWN = "{\"action\":\"step-down\"}";

    private final HttpClient http = HttpClient.newHttpClient();

    private static ConfigurableApplicationContext start(Class<?> application) throws Exception {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
                .web(WebApplicationType.SERVLET)
                .run(
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--spring.jmx.enabled=false",
                        "--spring.main.banner-mode=off",
                        "--spring.application.name=orders",
                        "--election.handover.timeout=1s",
                        "--management.endpoint.election.access=unrestricted",
                        "--management.endpoints.web.exposure.include=election,health,metrics");
        assertThat(context.getBean(Leadership.class).await(Duration.ofSeconds(60)))
                .isTrue();
        return context;
    }

    private HttpResponse<String> ask(
            ConfigurableApplicationContext context,
            String method,
            String path,
            @Nullable String user,
            String... headers)
            throws Exception {
        int port = ((WebServerApplicationContext) context).getWebServer().getPort();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(
                        method,
                        method.equals("POST")
                                ? HttpRequest.BodyPublishers.ofString(STEP_DOWN)
                                : HttpRequest.BodyPublishers.noBody());
        if (user != null) {
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8)));
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private int json(ConfigurableApplicationContext context, String method, String path, @Nullable String user)
            throws Exception {
        return ask(context, method, path, user, "Content-Type", "application/json")
                .statusCode();
    }

    @Test
    void thePageShowsTheRulesThatAreTestedHere() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "security.md"));
        String source = bare(Files.readString(
                Path.of("src/test/java", SecurityRulesTests.class.getName().replace('.', '/') + ".java")));
        List<String> shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
        assertThat(shown).isNotEmpty().allMatch(code -> source.contains(bare(code)));
        assertThat(page).contains("`.csrf(CsrfConfigurer::spa)`");
    }

    private static String bare(String code) {
        return code.replaceAll("(?m)(^|\\s)//.*$", "").replaceAll("\\s", "");
    }

    @Test
    void loadBalancersMayAskAndOnlyOperatorsMayAct() throws Exception {
        try (ConfigurableApplicationContext context = start(Documented.class)) {
            assertThat(json(context, "GET", "/actuator/election/leader", null)).isEqualTo(200);
            assertThat(json(context, "HEAD", "/actuator/election/leader", null)).isEqualTo(200);
            assertThat(json(context, "GET", "/actuator/election/follower?lag=3", null))
                    .isEqualTo(503);
            assertThat(json(context, "GET", "/actuator/health/liveness", null)).isNotEqualTo(401);

            for (String path : List.of(
                    "/actuator/election",
                    "/actuator/election/members",
                    "/actuator/election/plan",
                    "/actuator/election/leader/more",
                    "/actuator/metrics",
                    "/actuator",
                    "/application")) {
                assertThat(json(context, "GET", path, null)).as(path).isEqualTo(401);
            }
            assertThat(json(context, "GET", "/actuator/election", "reader")).isEqualTo(200);
            assertThat(json(context, "GET", "/application", "reader"))
                    .as("let through to where nothing is")
                    .isEqualTo(404);

            for (String path : List.of(
                    "/actuator/election",
                    "/actuator/election/members",
                    "/actuator/election/plan",
                    "/actuator/election/leader")) {
                assertThat(json(context, "POST", path, null)).as(path).isEqualTo(401);
                assertThat(json(context, "POST", path, "reader")).as(path).isEqualTo(403);
            }
            assertThat(json(context, "POST", "/actuator/election", "operator")).isEqualTo(200);
            // What the form of another site can send.
            assertThat(ask(context, "POST", "/actuator/election", "operator", "Content-Type", "text/plain")
                            .statusCode())
                    .isEqualTo(415);
        }
    }

    @Test
    void operatorsWithABrowserNeedTheToken() throws Exception {
        try (ConfigurableApplicationContext context = start(ForBrowsers.class)) {
            // Refused with 403, and the page for that demands a password again.
            assertThat(json(context, "POST", "/actuator/election", "operator")).isEqualTo(401);
            String cookie =
                    ask(context, "GET", "/actuator/election", "operator").headers().allValues("Set-Cookie").stream()
                            .filter(set -> set.startsWith("XSRF-TOKEN="))
                            .map(set -> set.substring("XSRF-TOKEN=".length(), set.indexOf(';')))
                            .findFirst()
                            .orElseThrow();
            assertThat(ask(
                                    context,
                                    "POST",
                                    "/actuator/election",
                                    "operator",
                                    "Content-Type",
                                    "application/json",
                                    "Cookie",
                                    "XSRF-TOKEN=" + cookie,
                                    "X-XSRF-TOKEN",
                                    cookie)
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @EnableAutoConfiguration
    static class Users {

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("reader").password("{noop}secret").build(),
                    User.withUsername("operator")
                            .password("{noop}secret")
                            .roles("OPERATOR")
                            .build());
        }

        @Bean
        SecurityFilterChain ofTheApplication(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }
    }

    static class Documented extends Users {

        @Bean
        @Order(1)
        SecurityFilterChain actuatorRules(HttpSecurity http) throws Exception {
            return http.securityMatcher(EndpointRequest.toAnyEndpoint())
                    .authorizeHttpRequests(requests -> requests
                            // Load balancers and probes.
                            .requestMatchers(EndpointRequest.to("health"))
                            .permitAll()
                            .requestMatchers(HttpMethod.GET, "/actuator/election/leader", "/actuator/election/follower")
                            .permitAll()
                            .requestMatchers(
                                    HttpMethod.HEAD, "/actuator/election/leader", "/actuator/election/follower")
                            .permitAll()
                            // Whoever may move the leadership and change the members.
                            .requestMatchers(HttpMethod.POST)
                            .hasRole("OPERATOR")
                            .anyRequest()
                            .authenticated())
                    .httpBasic(Customizer.withDefaults())
                    .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .csrf(CsrfConfigurer::disable)
                    .build();
        }
    }

    static class ForBrowsers extends Users {

        @Bean
        @Order(1)
        SecurityFilterChain actuatorRules(HttpSecurity http) throws Exception {
            return http.securityMatcher(EndpointRequest.toAnyEndpoint())
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasRole("OPERATOR"))
                    .httpBasic(Customizer.withDefaults())
                    .csrf(CsrfConfigurer::spa)
                    .build();
        }
    }
}
