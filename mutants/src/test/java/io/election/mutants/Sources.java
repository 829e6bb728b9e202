package io.election.mutants;

import io.election.mutants.Mutant.Edit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The product's sources, in which a mutant finds its place. It names a package only, so that code may move within it, and
 * white space does not matter, so that it may be formatted anew.
 */
final class Sources {

    private final Path root;
    private final Map<String, Map<Path, String>> areas = new ConcurrentHashMap<>();

    /**
     * Creates the sources.
     *
     * @param root the directory of {@code io.election}
     */
    Sources(Path root) {
        this.root = root;
    }

    /**
     * Changes the sources as a mutant says; the files stay as they are.
     *
     * @return the changed texts, by file
     * @throws IllegalArgumentException if a text does not stand exactly once in the mutant's area
     */
    Map<Path, String> changedBy(Mutant mutant) {
        return changedBy(mutant, Map.of());
    }

    /**
     * As {@link #changedBy(Mutant)}, on top of other changes.
     *
     * @param before texts that take the place of files
     * @return all changed texts, those before included
     */
    Map<Path, String> changedBy(Mutant mutant, Map<Path, String> before) {
        Map<Path, String> all = areas.computeIfAbsent(mutant.area(), this::read);
        Map<Path, String> changed = new LinkedHashMap<>(before);
        for (Edit edit : mutant.edits()) {
            Path file = null;
            int[] place = null;
            for (Path candidate : all.keySet()) {
                for (int[] found : places(changed.getOrDefault(candidate, all.get(candidate)), edit.old())) {
                    if (place != null) {
                        throw doesNotApply(mutant, edit, "stands twice, in " + name(file) + " and " + name(candidate));
                    }
                    place = found;
                    file = candidate;
                }
            }
            if (place == null) {
                throw doesNotApply(mutant, edit, "does not stand in io.election." + mutant.area());
            }
            String text = changed.getOrDefault(file, all.get(file));
            changed.put(file, text.substring(0, place[0]) + edit.replacement() + text.substring(place[1]));
        }
        return changed;
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static IllegalArgumentException doesNotApply(Mutant mutant, Edit edit, String why) {
        return new IllegalArgumentException("mutant " + mutant.name()
                + " no longer applies and must be adapted or deleted: its text '" + edit.old() + "' " + why);
    }

    private Map<Path, String> read(String area) {
        try (Stream<Path> files = Files.list(root.resolve(area.replace('.', '/')))) {
            Map<Path, String> texts = new TreeMap<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                texts.put(file, Files.readString(file));
            }
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a text begins and ends in another, white space aside. */
    static List<int[]> places(String text, String wanted) {
        StringBuilder dense = new StringBuilder();
        int[] origin = new int[text.length()];
        for (int i = 0; i < text.length(); i++) {
            if (!Character.isWhitespace(text.charAt(i))) {
                origin[dense.length()] = i;
                dense.append(text.charAt(i));
            }
        }
        String denseWanted = wanted.replaceAll("\\s+", "");
        List<int[]> places = new ArrayList<>();
        for (int at = dense.indexOf(denseWanted); at >= 0; at = dense.indexOf(denseWanted, at + 1)) {
            places.add(new int[] {origin[at], origin[at + denseWanted.length() - 1] + 1});
        }
        return places;
    }
}
