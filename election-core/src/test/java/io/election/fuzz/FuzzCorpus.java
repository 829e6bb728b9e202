package io.election.fuzz;

import io.election.discovery.DnsAnswerFuzzTarget;
import io.election.journal.JournalFuzzTarget;
import io.election.journal.RecordCodecFuzzTarget;
import io.election.machine.ReplicaFuzzTarget;
import io.election.peer.CompactCodecFuzzTarget;
import io.election.peer.MessageCodecFuzzTarget;
import io.election.peer.PeerEndpointFuzzTarget;
import io.election.peer.PresenceFuzzTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Everything that reads bytes from outside, each with the inputs kept for it: one file each, in a directory each. */
enum FuzzCorpus {
    MESSAGES("messages", MessageCodecFuzzTarget.class, MessageCodecFuzzTarget::fuzzerTestOneInput),
    COMPACT("compact", CompactCodecFuzzTarget.class, CompactCodecFuzzTarget::fuzzerTestOneInput),
    ENDPOINT("endpoint", PeerEndpointFuzzTarget.class, PeerEndpointFuzzTarget::fuzzerTestOneInput),
    PRESENCE("presence", PresenceFuzzTarget.class, PresenceFuzzTarget::fuzzerTestOneInput),
    RECORDS("records", RecordCodecFuzzTarget.class, RecordCodecFuzzTarget::fuzzerTestOneInput),
    JOURNAL("journal", JournalFuzzTarget.class, JournalFuzzTarget::fuzzerTestOneInput),
    DNS("dns", DnsAnswerFuzzTarget.class, DnsAnswerFuzzTarget::fuzzerTestOneInput),
    MEMORY("memory", ReplicaFuzzTarget.class, ReplicaFuzzTarget::fuzzerTestOneInput);

    /** From the module's directory, which is where Maven runs tests. */
    static final Path KEPT = Path.of("src", "test", "resources", "fuzz");

    private final String directory;
    private final Class<?> target;
    private final Consumer<byte[]> code;

    FuzzCorpus(String directory, Class<?> target, Consumer<byte[]> code) {
        this.directory = directory;
        this.target = target;
        this.code = code;
    }

    String targetName() {
        return target.getName();
    }

    void run(byte[] input) {
        code.accept(input);
    }

    Path kept() {
        return KEPT.resolve(directory);
    }

    /** The kept inputs, sorted by name. */
    List<Path> inputs() throws IOException {
        return inputs(kept());
    }

    static List<Path> inputs(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
