package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderElectedEvent;
import io.election.cluster.TestCluster.Member;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;

/** Three applications with {@code election.storage.mode=memory}, over HTTP. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class MembersInMemoryClusterTests {

    @TempDir
    Path directory;

    private TestCluster cluster() throws Exception {
        return TestCluster.bare(directory, "a", "b", "c")
                .with("election.storage.mode", "memory")
                .with("election.storage.directory", "")
                .startAll();
    }

    /** Until it has been let in. Just after its start it does not know yet that it has to be. */
    private static void awaitVotes(Member member) {
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(member.health().getDetails()).containsEntry("votingState", "voter"));
        assertThat(member.health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void aRollingRestartWithoutAnyDiskNeedsNoElectionButThatOfTheLeadersOwnHandover() throws Exception {
        try (TestCluster cluster = cluster()) {
            Member first = cluster.leader();
            long term = first.leadership().term();
            String clusterId = cluster.clusterId();
            List<Member> followers = cluster.others(first);

            for (Member follower : followers) {
                cluster.stop(follower.id());
                awaitVotes(cluster.start(follower.id()));
            }
            assertThat(first.leadership().isLeader()).isTrue();
            assertThat(first.leadership().term()).isEqualTo(term);

            cluster.stop(first.id());
            Member second = cluster.leader();
            assertThat(second.leadership().term()).isEqualTo(term + 1);
            awaitVotes(cluster.start(first.id()));

            assertThat(second.leadership().isLeader()).isTrue();
            assertThat(cluster.clusterId()).isEqualTo(clusterId);
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(cluster.members()).allSatisfy(member -> {
                        assertThat(member.status().storage()).isEqualTo("memory");
                        assertThat(member.application().events)
                                .filteredOn(LeaderElectedEvent.class::isInstance)
                                .hasSize(member.id().equals(second.id()) ? 1 : 0);
                    }));
        }
        assertThat(directory).isEmptyDirectory();
    }

    /** As after a restore from a checkpoint, which stops and starts the context. */
    @Test
    void aContextThatIsStoppedAndStartedAgainIsANewMember() throws Exception {
        try (TestCluster cluster = cluster()) {
            Member leader = cluster.leader();
            Member follower = cluster.others(leader).get(0);
            follower.context().stop();
            follower.context().start();
            awaitVotes(follower);
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(leader.status().history())
                            .filteredOn(event -> event.what().equals("let-in"))
                            .extracting(event -> event.reason())
                            .containsExactly(follower.id()));
            assertThat(leader.leadership().isLeader()).isTrue();
        }
    }

    @Test
    void membersWithADiskAndMembersWithoutOneAreOneCluster() throws Exception {
        try (TestCluster cluster = TestCluster.bare(directory, "a", "b", "c")) {
            cluster.start("a");
            cluster.start("b");
            cluster.start("c", Map.of("election.storage.mode", "memory", "election.storage.directory", ""));
            cluster.leader();
            assertThat(cluster.members())
                    .extracting(member -> member.id() + " " + member.status().storage())
                    .containsExactly("a disk", "b disk", "c memory");
            assertThat(directory.resolve("cluster-test"))
                    .isDirectoryContaining("glob:**a")
                    .isDirectoryNotContaining("glob:**c");
        }
    }
}
