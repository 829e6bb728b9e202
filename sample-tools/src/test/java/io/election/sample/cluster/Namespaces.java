package io.election.sample.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Every member in a Linux network namespace of its own, on one bridge; nftables breaks the paths, tc slows them.
 *
 * <p>All of it lives in the namespaces of one process, the keeper, which ends when its standard input does: when this JVM
 * ends in whatever way, the kernel removes interfaces, rules and mounts. Nothing of it can be seen from outside, and nothing
 * is left to be swept. Needs root, or a kernel that lets everybody have namespaces; and ip, tc, nft and util-linux.
 */
final class Namespaces implements FaultyNetwork {

    private static final String NETWORK = "10.77.0.";
    private static final int FIRST_ADDRESS = 11;
    private static final int PORT = 8080;
    /** A request whose body carries no entries travels in packets below this size, one that does in a larger one. */
    private static final int LARGE_BYTES = 400;

    /** Less than a leader's heartbeats and their answers need: with 120 kbit/s a round trip took 0.35 s, with 90 0.52 s. */
    private static final String NARROW = "rate 100kbit burst 2000 limit 12000";

    private static final String DISK_SIZE = "32m";
    private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

    private final List<String> members;
    private final Process keeper;
    private final List<String> enter;
    private final boolean netem;
    private final Set<String> broken = new HashSet<>();
    private Set<String> slow = Set.of();

    private Namespaces(List<String> members, Process keeper, boolean ownUser) {
        this.members = members;
        this.keeper = keeper;
        List<String> command = new ArrayList<>(List.of("nsenter", "--target", String.valueOf(keeper.pid())));
        if (ownUser) {
            command.addAll(List.of("--user", "--preserve-credentials"));
        }
        command.addAll(List.of("--net", "--mount"));
        this.enter = List.copyOf(command);
        this.netem = succeeds("tc qdisc add dev lo root netem delay 1ms && tc qdisc del dev lo root");
    }

    /** Why there are no namespaces, in the words of those who refused them. */
    static final class NotAvailable extends Exception {

        private static final long serialVersionUID = 1L;

        NotAvailable(String message) {
            super(message);
        }
    }

    static Namespaces of(List<String> members) throws NotAvailable {
        List<String> refusals = new ArrayList<>();
        for (boolean ownUser : new boolean[] {false, true}) {
            List<String> command = new ArrayList<>(List.of("unshare", "--net", "--mount"));
            if (ownUser) {
                command.addAll(List.of("--user", "--map-root-user"));
            }
            command.addAll(List.of("bash", "-c", layout(members)));
            try {
                Process keeper =
                        new ProcessBuilder(command).redirectErrorStream(true).start();
                String said = untilReady(keeper);
                if (said.isEmpty()) {
                    return new Namespaces(members, keeper, ownUser);
                }
                refusals.add((ownUser ? "as a user of its own: " : "as this user: ") + said);
            } catch (IOException e) {
                refusals.add(String.valueOf(e.getMessage()));
            }
        }
        throw new NotAvailable(String.join("; ", refusals));
    }

    /** What the keeper says before it is ready: nothing, if all is well. */
    @SuppressWarnings("resource")
    private static String untilReady(Process keeper) throws IOException {
        BufferedReader out = new BufferedReader(new InputStreamReader(keeper.getInputStream(), StandardCharsets.UTF_8));
        List<String> said = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.equals("ready")) {
                return "";
            }
            said.add(line);
        }
        return said.isEmpty() ? "the namespaces' keeper ended without a word" : String.join(", ", said);
    }

    private static String layout(List<String> members) {
        StringBuilder script = new StringBuilder("""
                set -e
                export PATH="$PATH:/usr/sbin:/sbin"
                mount -t tmpfs tmpfs /run
                mkdir /run/netns
                ip link add hub type bridge
                ip link set hub up
                """);
        for (int i = 0; i < members.size(); i++) {
            script.append("""
                    ip netns add %1$s
                    ip link add hub-%1$s type veth peer name eth0 netns %1$s
                    ip link set hub-%1$s master hub up
                    ip -n %1$s addr add %2$s/24 dev eth0
                    ip -n %1$s link set eth0 up
                    ip -n %1$s link set lo up
                    ip netns exec %1$s nft 'table inet faults {
                        counter lost { }
                        chain out { type filter hook output priority 0; }
                    }'
                    """.formatted(members.get(i), address(i)));
        }
        return script.append("echo ready\nexec cat").toString();
    }

    private static String address(int index) {
        return NETWORK + (FIRST_ADDRESS + index);
    }

    private String address(String member) {
        return address(members.indexOf(member));
    }

    @Override
    public List<String> description() {
        return List.of(
                "Network: " + members.size() + " network namespaces, paths broken by nftables.",
                netem
                        ? "Delay: netem."
                        : "Delay: this kernel has no netem; a narrow link (tbf) delays by its queue, everything that a"
                                + " member sends.");
    }

    @Override
    public boolean can(PathFault fault) {
        return true;
    }

    @Override
    public List<String> inPlaceOf(String member) {
        List<String> command = new ArrayList<>(enter);
        // pdeathsig: a member that is stopped would outlive this process, and keep its namespace.
        command.addAll(List.of(
                "env",
                "PATH=" + System.getenv("PATH") + ":/usr/sbin:/sbin",
                "ip",
                "netns",
                "exec",
                member,
                "setpriv",
                "--pdeathsig",
                "KILL"));
        return command;
    }

    @Override
    public String url(String from, String to) {
        return "http://" + address(to) + ":" + PORT;
    }

    @Override
    public int port(String member) {
        return PORT;
    }

    @Override
    public void become(Map<Way, PathFault> faults, Set<String> slowNow) {
        Set<String> breaking = faults.keySet().stream().map(Way::from).collect(Collectors.toSet());
        for (String member : members) {
            if (breaking.contains(member) || broken.contains(member)) {
                disturb(member, faults);
            }
            if (slowNow.contains(member) != slow.contains(member)) {
                slow(member, slowNow.contains(member));
            }
        }
        broken.clear();
        broken.addAll(breaking);
        slow = Set.copyOf(slowNow);
    }

    private void disturb(String member, Map<Way, PathFault> faults) {
        StringBuilder rules = new StringBuilder("flush chain inet faults out\n");
        faults.forEach((path, fault) -> {
            if (path.from().equals(member)) {
                rules.append("add rule inet faults out ip daddr ")
                        .append(address(path.to()))
                        .append(' ')
                        .append(rule(fault))
                        .append('\n');
            }
        });
        run("ip netns exec " + member + " nft -f - <<'END'\n" + rules + "END");
    }

    private static String rule(PathFault fault) {
        return switch (fault) {
            case DROPS_ALL -> "counter name lost drop";
            case DROPS_SOME -> "numgen random mod 10 < 3 counter name lost drop";
            case DROPS_LARGE -> "tcp dport " + PORT + " meta length > " + LARGE_BYTES + " counter name lost drop";
            case RESETS -> "meta l4proto tcp counter name lost reject with tcp reset";
        };
    }

    private void slow(String member, boolean slowNow) {
        String change = !slowNow
                ? "del dev eth0 root"
                : netem ? "add dev eth0 root netem delay 300ms 100ms" : "add dev eth0 root tbf " + NARROW;
        run("ip netns exec " + member + " tc qdisc " + change);
    }

    @Override
    public boolean mountDisk(String member, Path directory) {
        run("mount -t tmpfs -o size=" + DISK_SIZE + " tmpfs '" + directory + "'");
        return true;
    }

    @Override
    public void fillDisk(String member, Path directory, boolean full) {
        String filler = "'" + directory.resolve("filler") + "'";
        run(full ? "cat /dev/zero >" + filler + " 2>&1 || true" : "rm -f " + filler);
    }

    @Override
    public long lostPackets() {
        long lost = 0;
        for (String member : members) {
            Matcher matcher = PACKETS.matcher(run("ip netns exec " + member + " nft list counters"));
            lost += matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        }
        return lost;
    }

    private boolean succeeds(String script) {
        try {
            run(script);
            return true;
        } catch (ClusterException refused) {
            return false;
        }
    }

    /** Runs a script in the keeper's namespaces; what it says. */
    private String run(String script) {
        List<String> command = new ArrayList<>(enter);
        command.addAll(List.of("bash", "-c", "export PATH=\"$PATH:/usr/sbin:/sbin\"\n" + script));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new ClusterException("This failed in the namespaces: " + script + "\n" + said);
            }
            return said;
        } catch (IOException e) {
            throw new ClusterException("No command can be run in the namespaces: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Interrupted.", e);
        }
    }

    @Override
    public void close() {
        try {
            keeper.getOutputStream().close();
            if (!keeper.waitFor(10, TimeUnit.SECONDS)) {
                keeper.destroyForcibly();
            }
        } catch (IOException e) {
            keeper.destroyForcibly();
        } catch (InterruptedException e) {
            keeper.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
