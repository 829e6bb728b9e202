package io.election.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Entry;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whole logs, from seeds. {@code -Delection.memory.seeds=1000} for more of them. */
class RandomMemoryTests {

    private static final int SEEDS = Integer.getInteger("election.memory.seeds", 60);
    private static final int ENTRIES = 700;

    private static Replica replica() {
        return new Replica(new StoreMachine(StoreChanges.NONE));
    }

    @Test
    void agreesWithANaiveReplica() {
        Map<String, Integer> seen = new HashMap<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            StoreMachine machine = new StoreMachine(StoreChanges.NONE);
            Replica replica = new Replica(machine);
            NaiveReplica naive = new NaiveReplica();
            for (Entry entry : new RandomLog(seed).entries(ENTRIES)) {
                String answer = naive.apply(entry);
                assertThat(NaiveReplica.answer(replica.apply(entry)))
                        .as("seed " + seed + ", entry " + entry.index())
                        .isEqualTo(answer);
                assertThat(NaiveReplica.state(machine))
                        .as("seed " + seed + ", after entry " + entry.index())
                        .isEqualTo(naive.state());
                seen.merge(answer.replaceAll("[0-9: ]+", " ").trim(), 1, Integer::sum);
            }
        }
        assertThat(seen)
                .as("what the logs contain")
                .containsOnlyKeys(
                        "nothing",
                        "session true",
                        "session false",
                        "closed",
                        "forgotten",
                        "stale token at",
                        "done at WRITTEN",
                        "done at CONFLICT",
                        "done at NEEDS_TOKEN");
    }

    @Test
    void membersWithOneLogAreEqualByteForByte() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Replica one = replica();
            Replica other = replica();
            for (Entry entry : new RandomLog(seed).entries(ENTRIES)) {
                one.apply(entry);
                other.apply(entry);
                assertThat(one.stateDigest())
                        .as("seed " + seed + ", entry " + entry.index())
                        .isEqualTo(other.stateDigest());
            }
            assertThat(ReplicaMember.image(one)).as("seed " + seed).isEqualTo(ReplicaMember.image(other));
        }
    }

    /** At each index of a log: what goes on from an image is equal to what never stopped. */
    @Test
    void restoringAnImageIsLikeHavingApplied() throws IOException {
        for (long seed = 1; seed <= SEEDS / 10; seed++) {
            List<Entry> entries = new RandomLog(seed).entries(300);
            Replica applying = replica();
            Replica restoring = replica();
            for (Entry entry : entries) {
                Applied answer = applying.apply(entry);
                Applied again = restoring.apply(entry);
                assertThat(NaiveReplica.answer(again)).isEqualTo(NaiveReplica.answer(answer));
                byte[] image = ReplicaMember.image(applying);
                Replica restored = replica();
                ReplicaMember.restore(restored, image);
                assertThat(restored.last()).isEqualTo(applying.last());
                assertThat(restored.generation()).isEqualTo(applying.generation());
                assertThat(restored.stateDigest())
                        .as("seed " + seed + ", entry " + entry.index())
                        .isEqualTo(applying.stateDigest())
                        .isEqualTo(restoring.stateDigest());
                assertThat(ReplicaMember.image(restored)).isEqualTo(image);
                restoring = restored;
            }
        }
    }
}
