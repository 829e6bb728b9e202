package io.election.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Whether a directory is the one that was last used, or a copy of it. */
final class DirectoryPlace {

    private final JournalFiles files;
    private final JournalDirectory directory;

    DirectoryPlace(JournalFiles files, JournalDirectory directory) {
        this.files = files;
        this.directory = directory;
    }

    /** Refuses a directory that was found to be a copy, or that was last used in another place. */
    void checkOriginal() throws IOException {
        byte[] condemned = directory.readCondemned();
        if (condemned != null) {
            throw CopiedJournalException.older(directory.journal(), new String(condemned, StandardCharsets.UTF_8).trim());
        }
        String recorded = recordedPlace();
        String here = files.place(directory.path());
        if (recorded != null && here != null && !recorded.equals(here)) {
            throw CopiedJournalException.ofAnotherPlace(directory.journal(), directory.machine(), recorded, here);
        }
    }

    private @Nullable String recordedPlace() throws IOException {
        byte[] machine = directory.readMachine();
        String recorded = machine == null ? "" : new String(machine, StandardCharsets.UTF_8).trim();
        // A crash may have torn it. Nothing is refused for that.
        return recorded.matches(MachinePlace.PATTERN) ? recorded : null;
    }

    /** Notes that the directory is used here. */
    void remember() throws IOException {
        String here = files.place(directory.path());
        if (here != null && !here.equals(recordedPlace())) {
            files.deleteIfExists(directory.machine());
            files.overwrite(directory.machine(), (here + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
