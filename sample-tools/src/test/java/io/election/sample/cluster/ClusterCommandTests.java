package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What {@code cluster.sh} does not understand is refused before anything is started. */
class ClusterCommandTests {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String arguments) {
        CommandLine command = ClusterCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(arguments.split(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    foo                   | There is no command 'foo'
                    --foo                 | There is no option '--foo'
                    demo --foo            | There is no option '--foo'
                    demo --ports 1,2,3    | There is no option '--ports'
                    demo --profile        | '--profile'
                    bench --rounds 0      | at least 1
                    bench --rounds ten    | 'ten'
                    bench --settle -1     | at least 0
                    bench --property x    | needs a name and a value
                    bench all             | no part 'all'. Write handover-cold, handover-warm, crash
                    bench idle --only idle | There is no option '--only'
                    --ports 1,x,3         | 'x' is not a port
                    --ports 1,2,65536     | '65536' is not a port
                    --keep-data demo      | --keep-data stands before 'demo'
                    """)
    void refusesWhatItDoesNotUnderstand(String arguments, String sentence) {
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString()).contains(sentence, "cluster.sh", "--help for the options");
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --profile mysql --ports 9081,9081,9083 | Three different ports
                    --ports 9081,9082                      | Three different ports
                    """)
    void refusesPortsThatAreNotThreeDifferentOnes(String arguments, String sentence) {
        assertThat(run(arguments)).isEqualTo(1);
        assertThat(err.toString()).contains("FAILED", sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                     | [8081, 8082, 8083]
                    --ports 1,2,3    | [1, 2, 3]
                    """)
    void readsThePorts(@Nullable String arguments, String ports) {
        CommandLine command = ClusterCommand.commandLine();
        command.parseArgs(arguments == null ? new String[0] : arguments.split(" "));
        assertThat(command.getCommandSpec().findOption("--ports").<List<Integer>>getValue())
                .hasToString(ports);
    }

    @Test
    void refusesAProfileThatTheSampleDoesNotHave() {
        assertThat(run("demo --profile mysql")).isEqualTo(1);
        assertThat(err.toString()).contains("no profile 'mysql'", "'postgres'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help", "demo --help", "bench -h", "help demo"})
    void explainsItself(String arguments) {
        assertThat(run(arguments)).isZero();
        assertThat(out.toString()).contains("Usage: cluster.sh");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void namesEveryCommandAndOptionThatTheReadmeNames() {
        run("--help");
        assertThat(out.toString()).contains("demo", "bench", "--ports", "--keep-data", "--profile", "postgres");
        run("bench --help");
        assertThat(out.toString()).contains("--rounds", "--settle", "--peer-port", "--property", "--output", "'quick'");
        for (Bench.Part part : Bench.Part.values()) {
            assertThat(out.toString()).contains("'" + part.title() + "'");
        }
    }
}
