package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.HardState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryJournalTests {

    private static final HardState VOTED = new HardState(7, "b", Duration.ZERO);

    private static void vote(MemoryJournal journal) {
        journal.append(List.of(new DurableRecord.HardStateChanged(VOTED)));
    }

    @Test
    void keepsItsVoteFromOneStartToTheNextWhereItsMemberIsAlone() {
        MemoryJournal journal = new MemoryJournal();
        journal.open();
        String incarnation = journal.incarnation();
        vote(journal);
        journal.release();

        assertThat(journal.open()).isFalse();

        assertThat(journal.incarnation()).isEqualTo(incarnation);
        assertThat(journal.state().hardState()).isEqualTo(VOTED);
    }

    @Test
    void isAMemoryThatNeverVotedAtEachStartWhereItsMemberHasPeers() {
        MemoryJournal journal = MemoryJournal.newAtEachStart();
        journal.open();
        String incarnation = journal.incarnation();
        vote(journal);
        assertThat(journal.state().hardState()).isEqualTo(VOTED);
        journal.release();

        assertThat(journal.open())
                .as("no process can have made promises with this memory")
                .isFalse();

        assertThat(journal.incarnation()).isNotEmpty().isNotEqualTo(incarnation);
        assertThat(journal.state()).isEqualTo(DurableState.NEW);
    }

    /** What is in the image of a checkpoint is restored many times. */
    @Test
    void drawsItsIncarnationWhenItIsOpenedAndNotWhenItIsMade() {
        MemoryJournal journal = MemoryJournal.newAtEachStart();
        String inAnImage = journal.incarnation();
        journal.open();
        assertThat(journal.incarnation()).isNotEqualTo(inAnImage);
    }

    @Test
    void saysThatItDoesNotOutliveTheProcess() {
        assertThat(new MemoryJournal().outlivesTheProcess()).isFalse();
        assertThat(MemoryJournal.newAtEachStart().outlivesTheProcess()).isFalse();
    }
}
