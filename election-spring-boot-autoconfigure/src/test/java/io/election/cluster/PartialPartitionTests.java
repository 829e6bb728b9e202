package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.actuate.MembersDescriptor.Link;
import io.election.cluster.TestCluster.Member;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A network of which only a part is gone shows on each member that is still reached: also on one whose own links are all well. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class PartialPartitionTests {

    @TempDir
    Path directory;

    private static @Nullable Link link(Member seenBy, String from, String to) {
        return seenBy.status().membership().links().stream()
                .filter(link -> link.from().equals(from) && link.to().equals(to))
                .findFirst()
                .orElse(null);
    }

    private static void assertNotReached(Member seenBy, String from, String to) {
        assertThat(link(seenBy, from, to)).isNotNull().extracting(Link::reached).isEqualTo(false);
    }

    private static List<String> reachedOnes(Member seenBy) {
        return seenBy.status().membership().links().stream()
                .filter(Link::reached)
                .map(link -> link.from() + ">" + link.to())
                .toList();
    }

    @Test
    void whoSeesBothSeesThatTheyDoNotSeeEachOther() throws Exception {
        try (TestCluster cluster = TestCluster.bare(directory, "a", "b", "c").startAll()) {
            Member leader = cluster.leader();
            for (Member member : cluster.members()) {
                await().atMost(TestCluster.PATIENCE)
                        .untilAsserted(() -> assertThat(reachedOnes(member))
                                .containsExactlyInAnyOrder("a>b", "a>c", "b>a", "b>c", "c>a", "c>b"));
            }
            Member one = cluster.others(leader).get(0);
            Member other = cluster.others(leader).get(1);
            Link before = link(leader, one.id(), other.id());
            assertThat(before.told()).isNotNull();
            assertThat(Duration.parse(before.roundTrip())).isPositive();
            assertThat(Instant.parse(before.lastContact())).isBefore(Instant.now());
            assertThat(link(leader, leader.id(), one.id()).told()).as("its own").isNull();

            cluster.cut(one.id(), other.id());
            cluster.cut(other.id(), one.id());

            await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                assertNotReached(leader, one.id(), other.id());
                assertNotReached(leader, other.id(), one.id());
            });
            Link cut = link(leader, one.id(), other.id());
            assertThat(cut.roundTrip()).isNull();
            assertThat(cut.reason()).isNotBlank();
            assertThat(reachedOnes(leader)).contains(leader.id() + ">" + one.id(), leader.id() + ">" + other.id());
            assertThat(leader.leadership().isLeader()).as("still leads").isTrue();

            cluster.heal();
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(reachedOnes(leader)).hasSize(6));

            cluster.stop(one.id());
            await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                assertThat(link(leader, one.id(), other.id()))
                        .as("nobody knows")
                        .isNull();
                assertNotReached(leader, other.id(), one.id());
            });
        }
    }
}
