package io.election.sample.cluster;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** The command line of {@code cluster.sh}. */
public final class ClusterCommand {

    private static final String USAGE = """
            Usage: cluster.sh [--ports 8081,8082,8083] [--keep-data] [--profile postgres]
                                                                  three members and a live view, until Ctrl-C
                   cluster.sh demo [--profile postgres]           the whole story, unattended and checked
                   cluster.sh bench [--rounds 10] [--only PART]   figures, as Markdown

              --ports       where the members listen
              --keep-data   go on with what the last start with --keep-data left, and leave it again
              --profile     where the ledger is kept. Without it: H2, in a file among the members' data, served to them by
                            this program. postgres: in the PostgreSQL that SPRING_DATASOURCE_URL, _USERNAME and _PASSWORD
                            name, or else jdbc:postgresql://127.0.0.1:5432/sample as sample
              --rounds      how often each change and each start is measured
              --only        changes (of leadership), idle (processor time, memory, threads) or start
            """;

    private ClusterCommand() {}

    /**
     * Runs one command. Exits with 0 if all went well, 1 if something failed, 2 if the arguments are not understood.
     *
     * @param args as {@code cluster.sh} was given them
     */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        String command = args.length == 0 || args[0].startsWith("-") ? "run" : args[0];
        Iterator<String> options = Arrays.asList(args)
                .subList(command.equals("run") ? 0 : 1, args.length)
                .iterator();
        try {
            return switch (command) {
                case "run" -> live(options);
                case "demo" -> demo(options);
                case "bench" -> bench(options);
                case "help" -> help();
                default -> throw new UsageException("There is no command '" + command + "'.");
            };
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.err.print(USAGE);
            return 2;
        } catch (ClusterException e) {
            System.out.flush();
            System.err.println("\nFAILED: " + e.getMessage());
            return 1;
        }
    }

    private static int live(Iterator<String> options) {
        List<Integer> ports = List.of(8081, 8082, 8083);
        String profile = null;
        boolean keepData = false;
        while (options.hasNext()) {
            String option = options.next();
            switch (option) {
                case "--ports" ->
                    ports = Arrays.stream(value(option, options).split(","))
                            .map(port -> number(option, port))
                            .toList();
                case "--keep-data" -> keepData = true;
                case "--profile" -> profile = value(option, options);
                case "-h", "--help" -> {
                    return help();
                }
                default -> throw new UsageException("There is no option '" + option + "'.");
            }
        }
        LiveView.show(ports, profile, keepData);
        return 0;
    }

    private static int demo(Iterator<String> options) {
        String profile = null;
        while (options.hasNext()) {
            String option = options.next();
            switch (option) {
                case "--profile" -> profile = value(option, options);
                default -> throw new UsageException("There is no option '" + option + "'.");
            }
        }
        Demo.play(profile);
        return 0;
    }

    private static int bench(Iterator<String> options) {
        int rounds = 10;
        Set<Bench.Part> parts = EnumSet.allOf(Bench.Part.class);
        while (options.hasNext()) {
            String option = options.next();
            switch (option) {
                case "--rounds" -> rounds = number(option, value(option, options));
                case "--only" -> parts = EnumSet.of(part(value(option, options)));
                default -> throw new UsageException("There is no option '" + option + "'.");
            }
        }
        Bench.run(rounds, parts);
        return 0;
    }

    private static Bench.Part part(String name) {
        return Arrays.stream(Bench.Part.values())
                .filter(part -> part.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("The bench has no part '" + name + "'."));
    }

    private static int help() {
        System.out.print(USAGE);
        return 0;
    }

    private static String value(String option, Iterator<String> options) {
        if (!options.hasNext()) {
            throw new UsageException("Option " + option + " needs a value.");
        }
        return options.next();
    }

    private static int number(String option, String value) {
        try {
            int number = Integer.parseInt(value.trim());
            if (number > 0 && number < 65_536) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Said below.
        }
        throw new UsageException("Option " + option + " needs numbers from 1 to 65535, not '" + value + "'.");
    }

    private static final class UsageException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }
}
