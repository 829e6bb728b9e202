package io.election.sample.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads on in the record of a running member: whether it leads, and whom it takes for the leader. */
final class RecordTail {

    private final Path file;
    private long position;
    private boolean leads;
    private @Nullable String leader;

    RecordTail(Path file) {
        this.file = file;
    }

    /** Whether it led when it last wrote something down. */
    boolean leads() {
        return leads;
    }

    /** The leader it was last told of, or {@code null}. */
    @Nullable String leader() {
        return leader;
    }

    /** Reads what was written since the last call. */
    RecordTail read() {
        if (!Files.exists(file)) {
            return this;
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[(int) (in.length() - position)];
            in.seek(position);
            in.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            String whole = text.substring(0, text.lastIndexOf('\n') + 1);
            position += whole.length();
            whole.lines().forEach(this::line);
            return this;
        } catch (IOException e) {
            throw new ClusterException("The record " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void line(String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "leader" -> leads = words[1].equals("true");
            case "leader-changed" -> leader = words[3].equals("-") ? null : words[3];
            default -> {
                // Of no importance here.
            }
        }
    }
}
