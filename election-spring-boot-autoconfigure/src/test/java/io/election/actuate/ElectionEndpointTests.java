package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.Leadership;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The endpoint as a client of the actuator sees it. */
class ElectionEndpointTests {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final JsonMapper json = new JsonMapper();

    private static ConfigurableApplicationContext start(WebApplicationType type, String... settings) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.jmx.enabled=false",
                "--spring.main.banner-mode=off",
                "--spring.application.name=orders",
                "--election.handover.timeout=1s",
                "--management.endpoints.web.exposure.include=election,health,metrics"));
        for (String setting : settings) {
            arguments.add("--" + setting);
        }
        return new SpringApplicationBuilder(
                        type == WebApplicationType.SERVLET ? ServletApplication.class : ReactiveApplication.class)
                .web(type)
                .run(arguments.toArray(String[]::new));
    }

    private static String url(ConfigurableApplicationContext context, String path) {
        return "http://127.0.0.1:"
                + ((WebServerApplicationContext) context).getWebServer().getPort() + "/actuator" + path;
    }

    private HttpResponse<String> get(ConfigurableApplicationContext context, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url(context, path))).build(), HttpResponse.BodyHandlers.ofString());
    }

    private int head(ConfigurableApplicationContext context, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url(context, path)))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private HttpResponse<String> post(ConfigurableApplicationContext context, String body) throws Exception {
        return post(context, "/election", body);
    }

    private HttpResponse<String> post(ConfigurableApplicationContext context, String path, String body)
            throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url(context, path)))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void awaitLeader(ConfigurableApplicationContext context) throws InterruptedException {
        assertThat(context.getBean(Leadership.class).await(PATIENCE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.jackson.default-property-inclusion=non_null",
                "spring.jackson.default-property-inclusion=non_null,management.endpoints.jackson.isolated-json-mapper=false,"
                        + "spring.jackson.datatype.datetime.write-durations-as-timestamps=true,"
                        + "spring.jackson.datatype.datetime.write-dates-as-timestamps=true"
            })
    void showsOneObjectWithNullsWhateverTheJsonSettings(String settings) throws Exception {
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET, settings.split(","))) {
            awaitLeader(context);
            HttpResponse<String> response = get(context, "/election");
            assertThat(response.statusCode()).isEqualTo(200);
            JsonNode body = json.readTree(response.body());
            assertThat(body.propertyNames())
                    .containsExactlyInAnyOrder(
                            "cluster",
                            "nodeId",
                            "standalone",
                            "storage",
                            "role",
                            "leader",
                            "term",
                            "leaderId",
                            "leaderUrl",
                            "lastLeaderContact",
                            "initialElection",
                            "leaseRemaining",
                            "fencingToken",
                            "votedFor",
                            "quorum",
                            "members",
                            "commitIndex",
                            "clusterId",
                            "generation",
                            "history",
                            "notReady",
                            "foundingWaits",
                            "certificateExpires",
                            "certificateRemaining",
                            "certificateWarning",
                            "membership",
                            "memory",
                            "memoryDiffers",
                            "whyNobodyLeads",
                            "paused");
            assertThat(body.get("cluster").asString()).isEqualTo("orders");
            assertThat(body.get("nodeId").asString()).isEqualTo("local");
            assertThat(body.get("standalone").asBoolean()).isTrue();
            assertThat(body.get("storage").asString()).isEqualTo("memory");
            assertThat(body.get("role").asString()).isEqualTo("LEADER");
            assertThat(body.get("leader").asBoolean()).isTrue();
            assertThat(body.get("leaderUrl").isNull()).isTrue();
            assertThat(body.get("fencingToken").isIntegralNumber()).isTrue();
            assertThat(body.get("quorum").propertyNames())
                    .containsExactlyInAnyOrder("voters", "needed", "reachable", "roundTrip", "longestRoundTrip");
            assertThat(body.get("quorum").get("longestRoundTrip").isNull())
                    .as("needs nobody else")
                    .isTrue();
            assertThat(body.get("members").get(0).propertyNames())
                    .containsExactlyInAnyOrder(
                            "id",
                            "url",
                            "kind",
                            "votingState",
                            "reachable",
                            "lastContact",
                            "roundTrip",
                            "matchIndex",
                            "lastError",
                            "lastErrorSince",
                            "ready");
            JsonNode event = body.get("history").get(0);
            assertThat(event.propertyNames())
                    .containsExactlyInAnyOrder("at", "term", "what", "reason", "times", "lastAt", "lastTerm");
            assertThat(Instant.parse(event.get("at").asString())).isBeforeOrEqualTo(Instant.now());
        }
    }

    @Test
    void tellsALoadBalancerWhoLeads() throws Exception {
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET)) {
            awaitLeader(context);
            assertThat(get(context, "/election/leader").statusCode()).isEqualTo(200);
            assertThat(head(context, "/election/leader")).isEqualTo(200);
            HttpResponse<String> follower = get(context, "/election/follower");
            assertThat(follower.statusCode()).isEqualTo(503);
            assertThat(json.readTree(follower.body()).propertyNames())
                    .containsExactlyInAnyOrder(
                            "follower",
                            "reason",
                            "term",
                            "leaderId",
                            "leaderUrl",
                            "lastLeaderContact",
                            "lag",
                            "maxLag",
                            "leaderCommitIndex",
                            "commitIndex",
                            "appliedIndex");
            assertThat(json.readTree(follower.body()).get("reason").asString()).isEqualTo("This member leads.");
            assertThat(head(context, "/election/follower")).isEqualTo(503);
            assertThat(json.readTree(get(context, "/election/follower?lag=7").body())
                            .get("maxLag")
                            .asLong())
                    .isEqualTo(7);
            for (String wrong : List.of("-1", "few", "1.5")) {
                assertThat(get(context, "/election/follower?lag=" + wrong).statusCode())
                        .as(wrong)
                        .isEqualTo(400);
            }
        }
        try (ConfigurableApplicationContext context =
                start(WebApplicationType.SERVLET, "election.enabled=false", "election.when-disabled=follower")) {
            assertThat(get(context, "/election/leader").statusCode()).isEqualTo(503);
            HttpResponse<String> follower = get(context, "/election/follower");
            assertThat(follower.statusCode()).isEqualTo(503);
            assertThat(json.readTree(follower.body()).get("reason").asString())
                    .isEqualTo("This member takes no part: election.enabled is false.");
            JsonNode body = json.readTree(get(context, "/election").body());
            assertThat(body.get("leader").asBoolean()).isFalse();
            assertThat(body.get("fencingToken").isNull()).isTrue();
        }
    }

    @Test
    void writesNothingUnlessTheApplicationAllowsIt() throws Exception {
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET)) {
            assertThat(post(context, "{\"action\":\"step-down\"}").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void answersActionsWithTheirResult() throws Exception {
        try (ConfigurableApplicationContext context =
                start(WebApplicationType.SERVLET, "management.endpoint.election.access=unrestricted")) {
            awaitLeader(context);
            HttpResponse<String> unknown = post(context, "{\"action\":\"abdicate\"}");
            assertThat(unknown.statusCode()).isEqualTo(400);
            assertThat(unknown.body()).contains("step-down").contains("transfer");
            assertThat(post(context, "{}").statusCode()).isEqualTo(400);
            HttpResponse<String> transfer = post(context, "{\"action\":\"transfer\",\"to\":\"node-2\"}");
            assertThat(transfer.statusCode()).isEqualTo(200);
            assertThat(json.readTree(transfer.body()).get("outcome").asString()).isEqualTo("NO_SUCCESSOR");
            HttpResponse<String> stepDown = post(context, "{\"action\":\"step-down\"}");
            assertThat(stepDown.statusCode()).isEqualTo(200);
            assertThat(json.readTree(stepDown.body()).get("outcome").asString()).isEqualTo("NO_SUCCESSOR");
        }
    }

    @Test
    void showsTheMembersInForceAndThePlanForTheList() throws Exception {
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET)) {
            awaitLeader(context);
            JsonNode members = json.readTree(get(context, "/election/members").body());
            assertThat(members.propertyNames())
                    .containsExactlyInAnyOrder(
                            "version",
                            "committed",
                            "voters",
                            "votersWanted",
                            "failureTolerance",
                            "healthy",
                            "difference",
                            "members",
                            "links");
            assertThat(members.get("links").size()).isZero();
            assertThat(members.get("version").asLong()).isEqualTo(1);
            assertThat(members.get("healthy").asBoolean()).isTrue();
            JsonNode member = members.get("members").get(0);
            assertThat(member.propertyNames())
                    .containsExactlyInAnyOrder(
                            "id",
                            "kind",
                            "standing",
                            "leader",
                            "presence",
                            "lastContact",
                            "roundTrip",
                            "ready",
                            "healthy",
                            "reason",
                            "matchIndex",
                            "gap",
                            "stableSince");
            assertThat(member.get("standing").asString()).isEqualTo("voter");
            assertThat(member.get("presence").asString()).isEqualTo("self");
            JsonNode shown = json.readTree(get(context, "/election").body());
            assertThat(shown.get("membership").get("version").asLong()).isEqualTo(1);
            JsonNode plan = json.readTree(get(context, "/election/plan").body());
            assertThat(plan.get("version").asLong()).isEqualTo(1);
            assertThat(plan.get("steps").isEmpty()).isTrue();
            assertThat(plan.get("plan").asString()).startsWith("1-");
        }
    }

    @Test
    void refusesChangesOfTheMembersWithASentenceEach() throws Exception {
        try (ConfigurableApplicationContext context =
                start(WebApplicationType.SERVLET, "management.endpoint.election.access=unrestricted")) {
            awaitLeader(context);
            changed(context, "{}", 400, "BAD_REQUEST", "'member' is missing");
            changed(context, "{'action':'remove','member':'local'}", 400, "BAD_REQUEST", "'version' is missing");
            changed(
                    context,
                    "{'action':'evict','member':'local','version':1}",
                    400,
                    "BAD_REQUEST",
                    "no action 'evict'");
            changed(
                    context,
                    "{'action':'change-kind','member':'local','version':1,'kind':'king'}",
                    400,
                    "BAD_REQUEST",
                    "'kind' is 'king'");
            changed(context, "{'action':'remove','member':'local','version':7}", 409, "STALE", "version 7");
            changed(
                    context,
                    "{'action':'remove','member':'local','version':1,'force':true}",
                    422,
                    "REFUSED",
                    "without it there is no cluster");
            changed(context, "{'action':'demote','member':'z','version':1}", 422, "REFUSED", "'z' is not a member");
            changed(context, "{'action':'remove','member':'z','version':1}", 200, "UNCHANGED", "'z' is not a member");
            changed(
                    context,
                    "{'action':'change-kind','member':'local','version':1,'kind':'data'}",
                    200,
                    "UNCHANGED",
                    "already");
            assertThat(post(context, "/election/members", "{\"version\":\"x\"}").statusCode())
                    .isEqualTo(400);
            assertThat(post(context, "/election/others", "{}").statusCode()).isEqualTo(404);
            HttpResponse<String> other = post(context, "/election/plan", "{\"plan\":\"1-0000\"}");
            assertThat(other.statusCode()).isEqualTo(409);
            assertThat(post(context, "/election/plan", "{}").statusCode()).isEqualTo(400);
            String plan = json.readTree(get(context, "/election/plan").body())
                    .get("plan")
                    .asString();
            HttpResponse<String> same = post(context, "/election/plan", "{\"plan\":\"" + plan + "\"}");
            assertThat(same.statusCode()).isEqualTo(200);
            assertThat(json.readTree(same.body()).get("outcome").asString()).isEqualTo("UNCHANGED");
            assertThat(json.readTree(get(context, "/election/members").body())
                            .get("version")
                            .asLong())
                    .isEqualTo(1);
        }
    }

    private void changed(ConfigurableApplicationContext context, String body, int status, String outcome, String detail)
            throws Exception {
        HttpResponse<String> response = post(context, "/election/members", body.replace('\'', '"'));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode answer = json.readTree(response.body());
        assertThat(answer.get("outcome").asString()).isEqualTo(outcome);
        assertThat(answer.get("detail").asString()).contains(detail).endsWith(".");
    }

    @Test
    void hasNoMembersToChangeWhereNoElectionIsHeld() throws Exception {
        try (ConfigurableApplicationContext context = start(
                WebApplicationType.SERVLET,
                "management.endpoint.election.access=unrestricted",
                "election.enabled=false")) {
            changed(
                    context,
                    "{'action':'remove','member':'local','version':0}",
                    422,
                    "REFUSED",
                    "election.enabled is false");
            assertThat(json.readTree(get(context, "/election/members").body())
                            .get("members")
                            .isEmpty())
                    .isTrue();
        }
    }

    @Test
    void changesNoMembersUnlessTheApplicationAllowsIt() throws Exception {
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET)) {
            awaitLeader(context);
            String body = "{\"action\":\"remove\",\"member\":\"z\",\"version\":1}";
            assertThat(post(context, "/election/members", body).statusCode()).isEqualTo(405);
            assertThat(post(context, "/election/plan", "{}").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void theReadinessOfTheMemberIsThereWhereAHealthGroupIncludesIt() throws Exception {
        try (ConfigurableApplicationContext context = start(
                WebApplicationType.SERVLET,
                "management.endpoint.health.group.readiness.include=readinessState,electionReadiness")) {
            awaitLeader(context);
            assertThat(get(context, "/health/readiness").statusCode()).isEqualTo(200);
            assertThat(context.containsBean("electionReadinessHealthIndicator")).isTrue();
        }
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET)) {
            assertThat(context.containsBean("electionReadinessHealthIndicator")).isFalse();
        }
    }

    @Test
    void pausesAndResumesTheLeadership() throws Exception {
        try (ConfigurableApplicationContext context =
                start(WebApplicationType.SERVLET, "management.endpoint.election.access=unrestricted")) {
            awaitLeader(context);
            leadership(context, "pause", "{}", 400, "BAD_REQUEST", "'until' is missing");
            leadership(context, "pause", "{'until':'tomorrow'}", 400, "BAD_REQUEST", "neither an instant");
            leadership(context, "pause", "{'until':'25h'}", 422, "REFUSED", "24 hours");
            leadership(context, "pause", "{'until':'2020-01-01T00:00:00Z'}", 422, "REFUSED", "has passed");
            leadership(context, "resume", "{}", 200, "UNCHANGED", "not paused");
            leadership(
                    context,
                    "pause",
                    "{'until':'30m','by':'anna','reason':'disks'}",
                    200,
                    "DONE",
                    "stays where it is until");
            JsonNode paused = json.readTree(get(context, "/election").body()).get("paused");
            assertThat(paused.get("holder").asString()).isEqualTo("local");
            assertThat(paused.get("by").asString()).isEqualTo("anna");
            assertThat(paused.get("reason").asString()).isEqualTo("disks");
            assertThat(Instant.parse(paused.get("until").asString())).isAfter(Instant.now());
            leadership(context, "pause", "{'until':'40m'}", 409, "STALE", "name version");
            HttpResponse<String> stepDown = post(context, "{\"action\":\"step-down\"}");
            assertThat(stepDown.statusCode()).isEqualTo(409);
            assertThat(stepDown.body()).contains("PAUSED").contains("resume it first");
            leadership(context, "resume", "{}", 200, "DONE", "has ended the pause");
            assertThat(json.readTree(get(context, "/election").body())
                            .get("paused")
                            .isNull())
                    .isTrue();
        }
    }

    private void leadership(
            ConfigurableApplicationContext context,
            String action,
            String body,
            int status,
            String outcome,
            String detail)
            throws Exception {
        HttpResponse<String> answer = post(context, "/election/" + action, body.replace('\'', '"'));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode said = json.readTree(answer.body());
        assertThat(said.get("action").asString()).isEqualTo(action);
        assertThat(said.get("outcome").asString()).isEqualTo(outcome);
        assertThat(said.get("detail").asString()).contains(detail);
    }

    @Test
    void refusesActionsOnAMemberThatDoesNotLead() throws Exception {
        try (ConfigurableApplicationContext context = start(
                WebApplicationType.SERVLET,
                "management.endpoint.election.access=unrestricted",
                "election.enabled=false",
                "election.when-disabled=follower")) {
            for (String action : List.of("step-down", "transfer")) {
                HttpResponse<String> response = post(context, "{\"action\":\"" + action + "\"}");
                assertThat(response.statusCode()).isEqualTo(409);
                assertThat(json.readTree(response.body()).has("leaderId")).isTrue();
            }
        }
    }

    @Test
    void answersInAReactiveApplicationToo() throws Exception {
        try (ConfigurableApplicationContext context =
                start(WebApplicationType.REACTIVE, "management.endpoint.election.access=unrestricted")) {
            awaitLeader(context);
            assertThat(get(context, "/election/leader").statusCode()).isEqualTo(200);
            assertThat(head(context, "/election/leader")).isEqualTo(200);
            assertThat(get(context, "/election/follower?lag=0").statusCode()).isEqualTo(503);
            assertThat(head(context, "/election/follower?lag=0")).isEqualTo(503);
            assertThat(get(context, "/election/follower?lag=-1").statusCode()).isEqualTo(400);
            assertThat(get(context, "/election/other").statusCode()).isEqualTo(404);
            assertThat(post(context, "{\"action\":\"transfer\"}").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void healthAndMetersAreThereButNotInLivenessAndReadiness() throws Exception {
        try (ConfigurableApplicationContext context = start(
                WebApplicationType.SERVLET,
                "management.endpoint.health.probes.enabled=true",
                "management.endpoint.health.show-details=always")) {
            awaitLeader(context);
            assertThat(json.readTree(get(context, "/health").body())
                            .get("components")
                            .get("election")
                            .get("status")
                            .asString())
                    .isEqualTo("UP");
            assertThat(get(context, "/health/liveness").body()).doesNotContain("election");
            assertThat(get(context, "/health/readiness").body()).doesNotContain("election");
            JsonNode leader =
                    json.readTree(get(context, "/metrics/election.leader").body());
            assertThat(leader.get("measurements").get(0).get("value").asDouble())
                    .isEqualTo(1);
            assertThat(get(context, "/metrics/election.stalls").statusCode()).isEqualTo(200);
            assertThat(get(context, "/metrics/election.elections?tag=outcome:elected")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @EnableAutoConfiguration
    static class ServletApplication {

        @Bean
        SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .csrf(csrf -> csrf.disable())
                    .build();
        }
    }

    @EnableAutoConfiguration
    static class ReactiveApplication {

        @Bean
        org.springframework.security.web.server.SecurityWebFilterChain openToAll(
                org.springframework.security.config.web.server.ServerHttpSecurity http) {
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().permitAll())
                    .csrf(csrf -> csrf.disable())
                    .build();
        }
    }
}
