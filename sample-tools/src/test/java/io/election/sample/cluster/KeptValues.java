package io.election.sample.cluster;

import io.election.history.Life;
import io.election.history.ValueOperation;
import io.election.history.ValueOperation.Content;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks at all values that members ever wrote to their replicated store, on each member that runs, long after the work has gone on to
 * others: an acknowledged write that was lost meanwhile is missed then.
 */
final class KeptValues {

    /** Lets the values be seen. */
    static final List<String> ARGUMENTS = List.of(
            "--management.endpoint.electionstore.access=read-only",
            "--management.endpoints.web.exposure.include=election,electionstore,health,metrics");

    private static final String PATH = "/actuator/electionstore";
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final JsonMapper json = new JsonMapper();

    private KeptValues() {}

    /**
     * Waits until every member that runs has applied what is committed now, and looks.
     *
     * @param cluster the members
     * @return what each of them shows at each name of {@link StoreWork}
     */
    static List<ValueOperation> of(SampleCluster cluster) {
        List<MemberProcess> running =
                cluster.members().stream().filter(MemberProcess::isAlive).toList();
        TreeSet<String> names = new TreeSet<>();
        StoreRecords.of(cluster.members()).operations().forEach(operation -> names.add(operation.name()));
        long committed = committed(cluster);
        List<ValueOperation> shown = new ArrayList<>();
        for (MemberProcess member : running) {
            SampleCluster.await(
                    "entry " + committed + " on member " + member.id(),
                    LIMIT,
                    () -> member.status()
                            .join()
                            .filter(status -> status.appliedIndex() >= committed)
                            .isPresent());
            names.forEach(name -> shown.add(look(member, name, committed)));
        }
        return shown;
    }

    private static long committed(SampleCluster cluster) {
        long[] index = {0};
        SampleCluster.await("the word of a leader", LIMIT, () -> {
            cluster.statuses().stream().filter(MemberStatus::leader).forEach(leader -> index[0] = leader.commitIndex());
            return index[0] > 0;
        });
        return index[0];
    }

    private static ValueOperation look(MemberProcess member, String name, long committed) {
        List<ValueOperation> found = new ArrayList<>();
        SampleCluster.await("the value " + name + " on member " + member.id(), LIMIT, () -> {
            long before = System.nanoTime();
            Optional<Content> content = content(member, name);
            content.ifPresent(known -> found.add(new ValueOperation.Get(
                    new Life(member.id(), member.records().size()),
                    before,
                    System.nanoTime(),
                    name,
                    known,
                    committed)));
            return content.isPresent();
        });
        return found.get(0);
    }

    /** What is there; empty if the member did not answer. */
    private static Optional<Content> content(MemberProcess member, String name) {
        Optional<String> value = member.get(PATH + "/" + name).join();
        if (value.isPresent()) {
            JsonNode stored = json.readTree(value.get());
            String text = json.readValue(stored.path("value").asString(), String.class);
            return Optional.of(new Content(text, stored.path("version").asLong()));
        }
        return member.get(PATH + "?after=" + before(name))
                .join()
                .map(json::readTree)
                .filter(listed -> !name.equals(listed.path("names").path(0).asString("")))
                .map(notListed -> Content.ABSENT);
    }

    /** A text that sorts before a name, with no other name between the two. */
    private static String before(String name) {
        int last = name.length() - 1;
        return name.substring(0, last) + (char) (name.charAt(last) - 1) + "~";
    }
}
