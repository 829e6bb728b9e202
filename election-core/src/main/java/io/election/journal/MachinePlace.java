package io.election.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a directory is, as far as that tells a copy from the original.
 *
 * <ul>
 *   <li>On the layer of a container, the layer. It begins and ends with the container, so a memory that is found there and was
 *       not written there came with the image.
 *   <li>Elsewhere in a container, unknown. A volume follows its container from machine to machine without asking anybody.
 *   <li>Otherwise the machine, by its {@code machine-id}, which cloned machines have to draw anew.
 * </ul>
 *
 * <p>On systems other than Linux it is unknown. What is written down is a digest: machine-id(5) asks for that.
 */
final class MachinePlace {

    private static final int SHOWN_BYTES = 8;

    private static final List<String> CONTAINERS = List.of(".dockerenv", "run/.containerenv");
    private static final List<String> CONTAINER_VARIABLES = List.of("KUBERNETES_SERVICE_HOST", "container");
    private static final List<String> MACHINE_IDS = List.of("etc/machine-id", "var/lib/dbus/machine-id");
    private static final String MACHINE_ID = "[0-9a-f]{32}";

    /** {@code machine} or {@code container-layer}, and a digest. */
    static final String PATTERN = "(machine|container-layer) [0-9a-f]{16}";

    private final Path root;
    private final Map<String, String> environment;

    /**
     * Looks at a system.
     *
     * @param root its root directory
     * @param environment the variables of this process
     */
    MachinePlace(Path root, Map<String, String> environment) {
        this.root = root;
        this.environment = environment;
    }

    /** Where a directory is, which exists, or {@code null} if that is not known. */
    @Nullable String of(Path directory) throws IOException {
        Path mounts = root.resolve("proc/self/mountinfo");
        if (!Files.isReadable(mounts)) {
            return null;
        }
        List<String> mount = mountOf(Files.readAllLines(mounts), directory.toRealPath());
        if (isLayer(mount)) {
            String upper = upperDirectory(mount);
            return upper == null ? null : "container-layer " + digest(upper);
        }
        return isContainer() ? null : machine();
    }

    /** The fields of the line of mountinfo for the file system that holds a directory; proc(5) describes them. */
    private static List<String> mountOf(List<String> lines, Path directory) {
        List<String> found = List.of();
        int names = -1;
        for (String line : lines) {
            List<String> fields = Arrays.asList(line.split(" "));
            if (fields.size() < 10) {
                continue;
            }
            Path point = Path.of(unescaped(fields.get(4)));
            // What was mounted later hides what was mounted before.
            if (directory.startsWith(point) && point.getNameCount() >= names) {
                found = fields;
                names = point.getNameCount();
            }
        }
        return found;
    }

    private static String unescaped(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }

    /** Fields of unknown number end with a dash; the type and the options of the file system follow. */
    private static boolean isLayer(List<String> mount) {
        int dash = mount.indexOf("-");
        return dash > 0 && dash + 1 < mount.size() && mount.get(dash + 1).equals("overlay");
    }

    private static @Nullable String upperDirectory(List<String> mount) {
        for (String option : mount.get(mount.size() - 1).split(",")) {
            if (option.startsWith("upperdir=")) {
                return option;
            }
        }
        return null;
    }

    private boolean isContainer() {
        return CONTAINER_VARIABLES.stream().anyMatch(environment::containsKey)
                || CONTAINERS.stream().anyMatch(file -> Files.exists(root.resolve(file)));
    }

    private @Nullable String machine() throws IOException {
        for (String file : MACHINE_IDS) {
            Path path = root.resolve(file);
            if (Files.isReadable(path)) {
                String id = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).trim();
                // While a machine starts for the first time it is empty, or says that it is not initialized.
                if (id.matches(MACHINE_ID)) {
                    return "machine " + digest(id);
                }
            }
        }
        return null;
    }

    private static String digest(String id) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(("io.election " + id).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, SHOWN_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }
}
