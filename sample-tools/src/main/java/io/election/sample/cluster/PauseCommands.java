package io.election.sample.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Pauses and resumes the leadership of members that run on this machine, by what any operator can send them. */
final class PauseCommands {

    private static final String PORTS =
            "Where the members listen. The first that answers is asked. Default: ${DEFAULT-VALUE}";

    /** A wish waits for a leader as long as a handover may take, and longer. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private PauseCommands() {}

    /** What both are told. */
    private abstract static class OfRunningMembers implements Callable<Integer> {

        @Option(
                names = "--ports",
                split = ",",
                paramLabel = "PORT,PORT,PORT",
                hideParamSyntax = true,
                defaultValue = "8081,8082,8083",
                converter = ClusterCommand.Port.class,
                description = PORTS)
        private List<Integer> ports = List.of();

        @Option(
                names = {"-h", "--help"},
                // Last, as everywhere.
                order = 1,
                usageHelp = true,
                description = "Show this help.")
        private boolean help;

        /** Says what the first member that answers makes of a wish. */
        final int ask(String action, Map<String, String> wish) {
            System.out.println(PauseCommands.ask(ports, action, wish));
            return 0;
        }
    }

    /** Pauses. */
    @Command(
            name = "pause",
            header = "Pause the leadership of running members.",
            separator = " ",
            description =
                    "The leadership of the members that run on these ports stays where it is, until the time that is given"
                            + " has passed or 'cluster.sh resume' ends it.",
            sortOptions = false)
    static final class PauseCommand extends OfRunningMembers {

        @Option(
                names = "--until",
                required = true,
                paramLabel = "TIME",
                description = "For how long, such as 30m, or until which instant, such as 2026-01-31T22:00:00Z.")
        private String until = "";

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for other people.")
        private @Nullable String reason;

        @Override
        public Integer call() {
            Map<String, String> wish = new LinkedHashMap<>();
            wish.put("until", until);
            if (reason != null) {
                wish.put("reason", reason);
            }
            return ask("pause", wish);
        }
    }

    /** Resumes. */
    @Command(
            name = "resume",
            header = "End a pause of the leadership.",
            separator = " ",
            description =
                    "Ends what 'cluster.sh pause' began. Where nobody leads, the member that is asked stands at once.",
            sortOptions = false)
    static final class ResumeCommand extends OfRunningMembers {

        @Override
        public Integer call() {
            return ask("resume", Map.of());
        }
    }

    /** What the first member that answers says to a wish; one that was refused fails the command. */
    private static String ask(List<Integer> ports, String action, Map<String, String> wish) {
        JsonMapper json = new JsonMapper();
        HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        String body = json.writeValueAsString(wish);
        for (int port : ports) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + port + "/actuator/election/" + action))
                    .header("Content-Type", "application/json")
                    .timeout(PATIENCE)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                String detail = json.readTree(answer.body()).path("detail").asString(answer.body());
                if (answer.statusCode() != 200) {
                    throw new ClusterException(
                            "The member at port " + port + " answered " + answer.statusCode() + ": " + detail);
                }
                return "The member at port " + port + ": " + detail;
            } catch (IOException notThere) {
                // The next one may be.
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw new ClusterException("Interrupted.");
            }
        }
        throw new ClusterException("No member answers at the ports " + ports + ". Start them first: cluster.sh.");
    }
}
