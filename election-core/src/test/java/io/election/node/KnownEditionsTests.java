package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ListedMember;
import io.election.core.MemberKind;
import io.election.peer.KnownMemory;
import io.election.peer.MemberState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KnownEditionsTests {

    private final List<String> found = new ArrayList<>();
    private final AtomicLong own = new AtomicLong(5);
    private final KnownEditions editions = new KnownEditions(
            "memory-a", own::get, (witness, known, mine) -> found.add(witness + " " + known + " " + mine));

    private static MemberState says(String incarnation, @Nullable Long edition, @Nullable KnownMemory asker) {
        return new MemberState(
                true,
                null,
                incarnation,
                true,
                null,
                null,
                List.of(new ListedMember("a", MemberKind.DATA)),
                List.of(),
                edition,
                asker,
                null);
    }

    @Test
    void findsThatAnotherMemberKnowsALaterEdition() {
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6)));
        assertThat(found).containsExactly("b 6 5");
    }

    @Test
    void saysSoOnce() {
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6)));
        editions.answered("c", says("memory-c", 1L, new KnownMemory("memory-a", 7)));
        assertThat(found).hasSize(1);
    }

    @Test
    void findsNothingWhereTheOwnEditionIsTheLatest() {
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 5)));
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 4)));
        editions.answered("b", says("memory-b", 1L, null));
        assertThat(found).isEmpty();
    }

    /** A directory that was emptied begins at 1 again. */
    @Test
    void findsNothingInTheEditionOfAnEarlierMemory() {
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-z", 90)));
        assertThat(found).isEmpty();
    }

    /** A file may be written anew between an answer and its reading. */
    @Test
    void comparesWithWhatTheEditionIsNow() {
        own.set(6);
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6)));
        assertThat(found).isEmpty();
    }

    @Test
    void aMemoryWithoutEditionsIsNoCopy() {
        own.set(0);
        assertThat(editions.ownEdition()).isNull();
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6)));
        assertThat(found).isEmpty();
        own.set(4);
        assertThat(editions.ownEdition()).isEqualTo(4);
    }

    @Test
    void remembersTheHighestEditionOfTheMemoryThatAnotherMemberHasNow() {
        assertThat(editions.of("b")).isNull();
        editions.answered("b", says("memory-b", 7L, null));
        editions.answered("b", says("memory-b", 3L, null));
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 7));
        editions.answered("b", says("memory-b", 9L, null));
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 9));
        editions.answered("b", says("memory-b2", 1L, null));
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b2", 1));
        editions.answered("b", says("memory-b3", null, null));
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b2", 1));
    }

    @Test
    void keepsNothingOfWhoLeft() {
        editions.answered("b", says("memory-b", 7L, null));
        editions.answered("c", says("memory-c", 7L, null));
        editions.members(Set.of("a", "c"));
        assertThat(editions.of("b")).isNull();
        assertThat(editions.of("c")).isNotNull();
    }
}
