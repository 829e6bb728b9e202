package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FreePortsTests {

    /** There is one way to find a free port. Two ways could hand out the same port to two processes of one build. */
    @Test
    void findsPortsAsTheTestsOfTheEngineDo() throws IOException {
        String ours = code(Path.of("src/main/java/io/election/test/FreePorts.java"));
        String theirs = code(Path.of("../election-core/src/test/java/io/election/FreePorts.java"));
        assertThat(ours).isEqualTo(theirs);
    }

    /** From the first constant on, without comments, visibility and the layout. */
    private static String code(Path source) throws IOException {
        String text = Files.readString(source);
        return text.substring(text.indexOf("private static final int LOWEST"))
                .replaceAll("(?s)/\\*\\*.*?\\*/", "")
                .replaceAll("public |\\s+", "");
    }

    @Test
    void handsOutNoPortOnWhichSomethingListensOnLoopbackAlone() throws IOException {
        int next = FreePorts.next() + 1;
        try (ServerSocket taken = new ServerSocket(next, 1, InetAddress.getLoopbackAddress())) {
            assertThat(FreePorts.next()).isNotEqualTo(taken.getLocalPort());
        }
    }
}
