package io.election.journal;

import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.LogPosition;
import io.election.core.Recovery;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command with which an operator recovers a cluster whose quorum is lost for good, from the directory of one member that is
 * left and does not run. The class path needs nothing but this library, which an application's jar contains:
 *
 * <pre>{@code
 * java -cp orders.jar -Dloader.main=io.election.journal.RecoverMember \
 *     org.springframework.boot.loader.launch.PropertiesLauncher \
 *     --directory=/var/lib/orders/election --cluster=orders --member=node-1
 * }</pre>
 *
 * <p>Like this it only shows what would be done. With {@code --entries-may-be-lost} it does it. It is a command and not a setting, so
 * that no configuration which several members share, and no restart, can do it again.
 *
 * <p>It ends with 0 if the cluster was recovered, 1 if that was refused or failed, 2 if the arguments were not understood, and 3
 * if it only showed what would be done.
 */
public final class RecoverMember {

    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int NOT_UNDERSTOOD = 2;
    private static final int SHOWN = 3;

    private static final String CONFIRMATION = "--entries-may-be-lost";
    private static final Set<String> NEEDED = Set.of("--directory", "--cluster", "--member");
    private static final String TOKEN = "--highest-token";

    private static final String USAGE = """
            Recovers a cluster whose quorum is lost for good, from the directory of one member that does not run.

              --directory=DIRECTORY   the member's directory, or the one that election.storage.directory names
              --cluster=NAME          the cluster's name (election.cluster; by default spring.application.name)
              --member=ID             the member to recover (election.node-id)
              --highest-token=NUMBER  the highest fencing token that a resource has seen, if it is known
              --entries-may-be-lost   do it; without this, what would be done is only shown
            """;

    private final JournalFiles files;
    private final PrintStream out;
    private final PrintStream err;

    RecoverMember(JournalFiles files, PrintStream out, PrintStream err) {
        this.files = files;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs the command, and ends the JVM with its exit code.
     *
     * @param args the options; without any, they are explained
     */
    public static void main(String[] args) {
        System.exit(new RecoverMember(new DiskFiles(), System.out, System.err).run(List.of(args), Instant.now()));
    }

    /** Runs the command and returns its exit code. */
    int run(List<String> args, Instant now) {
        if (args.isEmpty() || args.contains("--help") || args.contains("-h")) {
            out.print(USAGE);
            return args.isEmpty() ? NOT_UNDERSTOOD : DONE;
        }
        Map<String, String> options = new LinkedHashMap<>();
        String problem = read(args, options);
        if (problem != null) {
            err.println(problem + " Nothing was changed.\n\n" + USAGE);
            return NOT_UNDERSTOOD;
        }
        try {
            return recover(options, now);
        } catch (RecoveryRefusedException refused) {
            err.println("REFUSED: " + refused.getMessage() + " Nothing was changed.");
        } catch (JournalException refused) {
            err.println("REFUSED: " + refused.getMessage() + " Nothing was changed.");
        } catch (IOException failure) {
            err.println("FAILED: " + failure
                    + ". The journal is what it was before, or the recovered one: run the command again" + " without "
                    + CONFIRMATION + ", and look at the cluster's id.");
        }
        return REFUSED;
    }

    /** Reads the options. Returns what is wrong with them, or {@code null}. */
    private static @Nullable String read(List<String> args, Map<String, String> options) {
        for (String arg : args) {
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            boolean hasValue = equals >= 0 && equals + 1 < arg.length();
            boolean known = NEEDED.contains(name) || name.equals(TOKEN);
            if (!known && !name.equals(CONFIRMATION)) {
                return "There is no option '" + arg + "'.";
            }
            if (known != hasValue || (!known && equals >= 0)) {
                return known
                        ? "Option " + name + " needs a value, written as " + name + "=VALUE."
                        : "Option " + name + " has no value.";
            }
            if (options.put(name, hasValue ? arg.substring(equals + 1) : "") != null) {
                return "Option " + name + " is there twice.";
            }
        }
        List<String> missing = NEEDED.stream()
                .filter(name -> !options.containsKey(name))
                .sorted()
                .toList();
        if (!missing.isEmpty()) {
            return "Missing: " + String.join(", ", missing) + ".";
        }
        String token = options.get(TOKEN);
        if (token != null && !token.matches("[0-9]{1,18}")) {
            return "Option " + TOKEN + " must be a number, but is '" + token + "'.";
        }
        try {
            Path.of(option(options, "--directory"), option(options, "--cluster"), option(options, "--member"));
        } catch (InvalidPathException impossible) {
            return "No file can have that name: " + impossible.getMessage() + ".";
        }
        return null;
    }

    private static String option(Map<String, String> options, String name) {
        return Optional.ofNullable(options.get(name)).orElseThrow();
    }

    private int recover(Map<String, String> options, Instant now) throws IOException, RecoveryRefusedException {
        String cluster = option(options, "--cluster");
        String member = option(options, "--member");
        long token = Long.parseLong(options.getOrDefault(TOKEN, "0"));
        try (OfflineRecovery recovery =
                OfflineRecovery.open(files, Path.of(option(options, "--directory")), cluster, member)) {
            show(recovery, cluster, member);
            if (!options.containsKey(CONFIRMATION)) {
                out.println("""

                        Nothing was changed. Before you add %s:
                          - Can enough of the lost members come back for a quorum? Then bring them back instead.
                          - Compare the last entry of all members that are left, as shown above, and recover the one with the highest
                            term and, among these, the highest index. It has the most.
                          - Stop all members of the cluster that are left. Those that you do not recover lose their memory.""".formatted(CONFIRMATION));
                return SHOWN;
            }
            tell(recovery, recovery.recover(token, now), cluster, member);
            return DONE;
        }
    }

    private void show(OfflineRecovery recovery, String cluster, String member) throws IOException {
        DurableState state = recovery.state();
        LogPosition last = Recovery.lastIn(state);
        out.println("Member '" + member + "' of cluster '" + cluster + "', in " + recovery.path());
        out.println("  cluster id     " + recovery.membership().clusterId() + ", generation "
                + recovery.membership().generation());
        out.println("  members        " + OfflineRecovery.described(recovery.membership()));
        out.println("  last entry     term " + last.term() + ", index " + last.index());
        out.println("  term           " + state.hardState().term() + ", so its cluster's tokens were "
                + Recovery.highestTokenIn(state) + " at most, as far as this member knows");
        String condemned = recovery.condemned();
        if (condemned != null) {
            out.println("  older copy     " + condemned);
        }
        if (recovery.cutBytes() > 0) {
            out.println("  torn tail      " + recovery.cutBytes()
                    + " bytes that were being written when it stopped, and that nobody" + " was told of");
        }
    }

    private void tell(OfflineRecovery recovery, OfflineRecovery.Done done, String cluster, String member) {
        String others = recovery.membership().members().stream()
                .map(EnrolledMember::id)
                .filter(id -> !id.equals(member))
                .map(id -> "'" + id + "'")
                .collect(Collectors.joining(", "));
        out.println("""

                Recovered. '%s' is the only voter of cluster '%s' now.
                  new cluster id  %s, generation %d; its tokens begin above %d
                  kept aside      the files as they were are in %s

                What may be lost: every entry and every change of members that was not in the log of '%s'. Whether the application's
                own data is complete, only the application can tell.

                What to do now:
                  1. Start '%s'. It leads after about one election timeout, without waiting for anybody.
                  2. On every other member%s: make sure that it is stopped, move its directory away, and start
                     it with an empty one. It joins as a learner and gets its vote from the leader.
                  3. Never start a member with a directory of the lost cluster, and never put back what was kept aside. A member that
                     still has one stops taking part once it hears of the recovered cluster.
                """.formatted(
                        member,
                        cluster,
                        done.memory().clusterId(),
                        done.memory().generation(),
                        (done.memory().generation() << 20) - 1,
                        done.aside(),
                        member,
                        member,
                        others.isEmpty() ? "" : " (" + others + ")"));
    }
}
