package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ListedMember;
import io.election.core.MemberKind;
import io.election.peer.KnownMemory;
import io.election.peer.MemberState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KnownEditionsTests {

    private static final Duration T = Duration.ofSeconds(1);

    private final List<String> found = new ArrayList<>();
    private final AtomicLong own = new AtomicLong(5);
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000);
    private final KnownEditions editions = new KnownEditions("memory-a", own::get, nanos::get, T, found::add);

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
                null,
                null);
    }

    @Test
    void findsThatAnotherMemberKnowsALaterEdition() {
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6)));
        assertThat(found)
                .containsExactly("it is an older copy of this memory, in its edition 5: member 'b' has seen edition 6");
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
        assertThat(editions.ownMemory()).isNull();
        editions.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6)));
        assertThat(found).isEmpty();
        own.set(4);
        assertThat(editions.ownEdition()).isEqualTo(4);
        assertThat(editions.ownMemory()).isEqualTo(new KnownMemory("memory-a", 4));
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

    // ------------------------------------------------------------------------------------------------ two processes

    private void shows(String incarnation, long edition) {
        editions.asked("b", new KnownMemory(incarnation, edition), true);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void noticesThatTwoProcessesRunWithCopiesOfOneMemory() {
        shows("memory-b", 6);
        pass(T.multipliedBy(2).plusNanos(1));
        shows("memory-b", 5);
        shows("memory-b", 6);
        shows("memory-b", 6);
        assertThat(editions.of("b")).as("one late message shows nothing").isEqualTo(new KnownMemory("memory-b", 6));
        shows("memory-b", 5);
        shows("memory-b", 6);
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 6, true));
    }

    /** One process asks, and the other one answers at the member's url. */
    @Test
    void noticesItInQuestionsAndAnswersAlike() {
        shows("memory-b", 6);
        pass(T.multipliedBy(3));
        for (int turn = 0; turn < 2; turn++) {
            editions.answered("b", says("memory-b", 5L, null));
            shows("memory-b", 6);
        }
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 6, true));
    }

    /** A message of the life before may still be on its way. */
    @Test
    void aMessageOfTheLifeBeforeShowsNothing() {
        shows("memory-b", 6);
        pass(T.multipliedBy(2));
        for (int turn = 0; turn < 3; turn++) {
            shows("memory-b", 5);
            shows("memory-b", 6);
        }
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 6));
    }

    /** An old volume was mounted by mistake, and then the right one: its start raised the edition. */
    @Test
    void aStartInBetweenShowsThatTheyDidNotRunAtOnce() {
        for (int right = 6; right < 9; right++) {
            shows("memory-b", right);
            shows("memory-b", right);
            pass(T.multipliedBy(3));
            shows("memory-b", 3);
        }
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 8));
    }

    @Test
    void twoMemoriesOfOneMemberAreNoCopies() {
        for (int turn = 0; turn < 3; turn++) {
            shows("memory-b", 6);
            pass(T.multipliedBy(3));
            shows("memory-x", 1);
            shows("memory-b", 6);
        }
        assertThat(editions.of("b")).isEqualTo(new KnownMemory("memory-b", 6));
    }

    @Test
    void bothOfTwoProcessesAreToldWhicheverHasTheHigherEdition() {
        for (long mine : new long[] {5, 6}) {
            found.clear();
            KnownEditions either = new KnownEditions("memory-a", () -> mine, nanos::get, T, found::add);
            either.answered("b", says("memory-b", 1L, new KnownMemory("memory-a", 6, true)));
            assertThat(found).containsExactly("another process runs with a copy of this memory, says 'b'");
        }
    }

    @Test
    void nothingIsKeptOfStrangers() {
        editions.asked("x", new KnownMemory("memory-x", 1), false);
        editions.asked("b", null, true);
        assertThat(editions.of("x")).isNull();
        assertThat(editions.of("b")).isNull();
    }
}
