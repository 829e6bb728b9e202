package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.election.Required;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only the real disk shows. That something was synced leaves no trace in a file, but one in the flight recorder. */
class DiskFilesTests {

    @TempDir
    private Path directory;

    private interface Work {
        void run() throws IOException;
    }

    @Test
    void syncsAFile() throws IOException {
        Path file = directory.resolve("journal");
        assertThat(syncedBy(() -> {
                    try (JournalFiles.Appender appender = new DiskFiles().create(file)) {
                        appender.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
                        appender.force();
                    }
                }))
                .containsExactly(file.toString());
    }

    @Test
    void syncsADirectory() throws IOException {
        assumeTrue(File.separatorChar == '/', "Windows cannot open a directory");
        assertThat(syncedBy(() -> new DiskFiles().forceDirectory(directory))).containsExactly(directory.toString());
    }

    private List<String> syncedBy(Work work) throws IOException {
        Required.orSkip(
                "flight-recorder",
                FlightRecorder.isAvailable(),
                "this JVM has no flight recorder, so what is synced is not seen");
        Path dump = directory.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withoutThreshold().withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            recording.dump(dump);
        }
        return RecordingFile.readAllEvents(dump).stream()
                .filter(event -> event.getEventType().getName().equals("jdk.FileForce"))
                .map(event -> String.valueOf(event.getString("path")))
                .filter(path -> path.startsWith(directory.toString()))
                .toList();
    }
}
