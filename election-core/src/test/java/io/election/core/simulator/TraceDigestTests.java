package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.journal.FileJournal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Holds the simulator's traces to those on record: a change that only moves or renames code makes the same runs as before.
 * A change that makes other runs writes the record anew, with {@code -Delection.simulator.digest=write}, and says why in its
 * commit.
 *
 * <p>The ordinary build compares the first block of seeds; {@code -Delection.simulator.digest=all} compares all of them.
 */
@Tag("seeded")
class TraceDigestTests {

    private static final Path RECORD = Path.of("src", "test", "digests", "simulator.txt");
    private static final int BLOCK = 50;
    private static final int BLOCKS = 5;

    @BeforeAll
    static void silenceTheJournals() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void giveTheJournalsTheirVoiceBack() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    @Test
    void theSameSeedsMakeTheSameRunsAsOnRecord() throws IOException {
        String mode = System.getProperty("election.simulator.digest", "");
        boolean all = mode.equals("all") || mode.equals("write");
        List<String> digests = IntStream.range(0, all ? BLOCKS : 1)
                .parallel()
                .mapToObj(TraceDigestTests::digestOfBlock)
                .toList();
        digests.forEach(System.out::println);
        if (mode.equals("write")) {
            Files.createDirectories(RECORD.getParent());
            Files.write(RECORD, digests);
        }
        List<String> record = Files.readAllLines(RECORD);
        assertThat(record).as("blocks on record in " + RECORD).hasSize(BLOCKS);
        assertThat(digests)
                .as("digests of the traces. If this change is meant to make other runs, write them anew with"
                        + " -Delection.simulator.digest=write, and say why in the commit")
                .isEqualTo(new ArrayList<>(record.subList(0, digests.size())));
    }

    /** One line: the seeds of the block, and the digest over all their traces. */
    private static String digestOfBlock(int block) {
        int first = block * BLOCK + 1;
        int last = first + BLOCK - 1;
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        for (int seed = first; seed <= last; seed++) {
            Trace trace = new Trace(true);
            new RandomRun(seed, trace, new Coverage()).run();
            for (String line : trace.lines()) {
                digest.update(line.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) '\n');
            }
        }
        return "seeds " + first + " to " + last + ": " + HexFormat.of().formatHex(digest.digest());
    }
}
