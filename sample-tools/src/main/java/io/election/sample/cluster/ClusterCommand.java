package io.election.sample.cluster;

import io.election.sample.figures.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of {@code cluster.sh}. */
@Command(
        name = "cluster.sh",
        description = "Starts three members of the sample on this machine and shows a live view of them until Ctrl-C.",
        subcommands = {
            ClusterCommand.DemoCommand.class,
            ClusterCommand.BenchCommand.class,
            PauseCommands.PauseCommand.class,
            PauseCommands.ResumeCommand.class,
            CommandLine.HelpCommand.class
        },
        customSynopsis = {
            "cluster.sh [--ports PORT,PORT,PORT] [--keep-data] [--profile NAME]",
            "       cluster.sh demo [--profile NAME]",
            "       cluster.sh bench [PART...] [--rounds COUNT] [--settle SECONDS] [--peer-port] [--property NAME=VALUE] [--output FILE]",
            "       cluster.sh pause --until TIME [--reason TEXT] [--ports PORT,PORT,PORT]",
            "       cluster.sh resume [--ports PORT,PORT,PORT]",
            "       cluster.sh help [COMMAND]"
        },
        separator = " ",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all went well", "1:something failed", "2:the arguments were not understood"})
public final class ClusterCommand implements Callable<Integer> {

    private static final String PROFILE =
            "Where the ledger is kept. By default in H2, in a file that this program serves to"
                    + " the members. 'postgres': in the PostgreSQL that SPRING_DATASOURCE_URL, SPRING_DATASOURCE_USERNAME and"
                    + " SPRING_DATASOURCE_PASSWORD name, by default jdbc:postgresql://127.0.0.1:5432/sample as user sample.";

    @Option(
            names = "--ports",
            split = ",",
            paramLabel = "PORT,PORT,PORT",
            hideParamSyntax = true,
            defaultValue = "8081,8082,8083",
            converter = Port.class,
            description = "Where the members listen: three different ports. Default: ${DEFAULT-VALUE}")
    private List<Integer> ports = List.of();

    @Option(
            names = "--keep-data",
            description = "Continue with the data of the last start with --keep-data, and leave it at the end.")
    private boolean keepData;

    @Option(names = "--profile", paramLabel = "NAME", description = PROFILE)
    private @Nullable String profile;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    private ClusterCommand() {}

    /**
     * Runs one command, and ends the JVM with its exit code.
     *
     * @param args as {@code cluster.sh} was given them
     */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The parser; it exits with 0 if all went well, 1 if something failed, 2 if the arguments were not understood. */
    static CommandLine commandLine() {
        return new CommandLine(new ClusterCommand())
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler((refused, args) -> refuse(refused))
                .setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, command));
    }

    private static int refuse(ParameterException refused) {
        CommandLine command = refused.getCommandLine();
        command.getErr().println(sentence(refused));
        command.getErr()
                .println("See " + command.getCommandSpec().qualifiedName() + " --help for the options"
                        + (command.getSubcommands().isEmpty() ? "." : " and commands."));
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static String sentence(ParameterException refused) {
        if (refused instanceof CommandLine.UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().get(0);
            boolean commands = !refused.getCommandLine().getSubcommands().isEmpty();
            return "There is no " + (unmatched.isUnknownOption() || !commands ? "option" : "command") + " '" + first
                    + "'.";
        }
        return String.valueOf(refused.getMessage());
    }

    private static int fail(Exception failure, CommandLine command) throws Exception {
        if (!(failure instanceof ClusterException)) {
            throw failure;
        }
        command.getOut().flush();
        command.getErr().println("\nFAILED: " + failure.getMessage());
        return command.getCommandSpec().exitCodeOnExecutionException();
    }

    @Override
    public Integer call() {
        LiveView.show(ports, profile, keepData);
        return 0;
    }

    /** The whole story. */
    @Command(
            name = "demo",
            header = "The whole story, unattended and checked.",
            separator = " ",
            description = "Plays the story and checks it: members are stopped, killed, paused inside a"
                    + " transaction, and left without a quorum. It chooses free ports itself.",
            sortOptions = false)
    static final class DemoCommand implements Callable<Integer> {

        @Spec
        private @Nullable CommandSpec spec;

        @Option(names = "--profile", paramLabel = "NAME", description = PROFILE)
        private @Nullable String profile;

        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Show this help.")
        private boolean help;

        @Override
        public Integer call() {
            refuseOptionsBefore(spec);
            Demo.play(profile);
            return 0;
        }
    }

    /** Figures. */
    @Command(
            name = "bench",
            header = "Figures, as Markdown.",
            separator = " ",
            description =
                    "Measures a cluster, with the default settings unless others are given, and prints the figures as"
                            + " Markdown. It chooses free ports itself.",
            sortOptions = false)
    static final class BenchCommand implements Callable<Integer> {

        private static final String QUICK = "quick";

        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(
                paramLabel = "PART",
                arity = "0..*",
                description = "What is measured; by default everything. 'handover-cold': the first handover in the life"
                        + " of three processes. 'handover-warm': handovers of processes that have handed over many times,"
                        + " with the disk's time for a sync. 'crash': SIGKILL of the leader. 'pause': SIGSTOP of the"
                        + " leader. 'members': members that join, are promoted, demoted and removed;"
                        + " and members without a list and a disk that are all exchanged, or start again. 'idle', 'memory' and 'garbage': processor time; threads and memory; and allocations"
                        + " of a service that does nothing, beside the same without the starter. 'watched': processor time of a leader"
                        + " whose endpoint and console are asked once a second. 'flood': leaderships that end while more requests wait than the"
                        + " application has threads, with a port for peers and without. 'start': its start."
                        + " 'quick': each of them once and briefly, which shows only that the bench works.")
        private List<String> words = List.of();

        @Option(
                names = "--rounds",
                paramLabel = "COUNT",
                defaultValue = "20",
                description =
                        "How often each change of leadership and each start is measured. Default: ${DEFAULT-VALUE}")
        private int rounds;

        @Option(
                names = "--settle",
                paramLabel = "SECONDS",
                defaultValue = "3",
                description = "How long three new processes rest before they hand over. Default: ${DEFAULT-VALUE}")
        private int settle;

        @Option(
                names = "--peer-port",
                description = "Give the members a port for their peers (election.peer.port). By default they share the"
                        + " application's.")
        private boolean peerPort;

        @Option(
                names = "--property",
                paramLabel = "NAME=VALUE",
                description =
                        "A setting of the members other than the default, such as election.rehearsal.enabled=false."
                                + " Can be given several times.")
        private List<String> properties = List.of();

        @Option(
                names = "--output",
                paramLabel = "FILE",
                description = "Write the figures to a file as well: with every single value as JSON if its name ends"
                        + " with '.json', else as Markdown. Can be given twice.")
        private List<Path> outputs = List.of();

        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Show this help.")
        private boolean help;

        @Override
        public Integer call() {
            refuseOptionsBefore(spec);
            requireAtLeast("--rounds", rounds, 1);
            requireAtLeast("--settle", settle, 0);
            properties.forEach(this::requireNameAndValue);
            EnumSet<Bench.Part> chosen = EnumSet.noneOf(Bench.Part.class);
            words.stream().filter(word -> !word.equals(QUICK)).map(this::part).forEach(chosen::add);
            Bench.Plan plan = words.contains(QUICK)
                    ? Bench.Plan.quick(peerPort, properties)
                    : Bench.Plan.full(rounds, Duration.ofSeconds(settle), peerPort, properties);
            Report report = new Report(System.out);
            Bench.run(chosen.isEmpty() ? Bench.allParts() : chosen, plan, report);
            report.sentence("Measured by `./sample-app/cluster.sh "
                    + String.join(
                            " ", commandLine(spec).getParent().getParseResult().originalArgs()) + "`.");
            for (Path output : outputs) {
                try {
                    report.write(output);
                } catch (IOException e) {
                    throw new ClusterException("The figures were not written to " + output + ": " + e.getMessage(), e);
                }
            }
            return 0;
        }

        private Bench.Part part(String word) {
            Bench.Part[] all = Bench.Part.values();
            return Arrays.stream(all)
                    .filter(part -> part.title().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new ParameterException(
                            commandLine(spec),
                            "The bench has no part '" + word + "'. Write "
                                    + Arrays.stream(all).map(Bench.Part::title).collect(Collectors.joining(", "))
                                    + " or "
                                    + QUICK + "."));
        }

        private void requireNameAndValue(String property) {
            if (property.indexOf('=') < 1) {
                throw new ParameterException(
                        commandLine(spec),
                        "--property needs a name and a value, such as election.rehearsal.enabled=false, but is '"
                                + property + "'.");
            }
        }

        private void requireAtLeast(String option, int value, int least) {
            if (value < least) {
                throw new ParameterException(
                        commandLine(spec),
                        option + " is " + value + ", but must be at least " + least + ". Write, for example, " + option
                                + " 10.");
            }
        }
    }

    /** Those of the live view mean nothing to a command, and would be ignored. */
    private static void refuseOptionsBefore(@Nullable CommandSpec spec) {
        CommandLine command = commandLine(spec);
        command.getParent().getParseResult().matchedOptions().stream()
                .findFirst()
                .ifPresent(option -> {
                    throw new ParameterException(
                            command,
                            option.longestName() + " stands before '" + command.getCommandName()
                                    + "', but belongs to the live view. Write the options of a command after it.");
                });
    }

    private static CommandLine commandLine(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("picocli has not injected the command's model");
        }
        return spec.commandLine();
    }

    /** A number that a port can have. */
    static final class Port implements CommandLine.ITypeConverter<Integer> {

        @Override
        public Integer convert(String value) {
            try {
                int port = Integer.parseInt(value.trim());
                if (port > 0 && port < 65_536) {
                    return port;
                }
            } catch (NumberFormatException notANumber) {
                // Refused below.
            }
            throw new CommandLine.TypeConversionException("'" + value
                    + "' is not a port. Write three numbers from 1 to 65535, such as --ports 9081,9082,9083");
        }
    }
}
