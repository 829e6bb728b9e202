package io.election.mutants;

import static java.util.stream.Collectors.toCollection;

import io.election.mutants.Mutant.Edit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All mutants, as {@code *.mutants} files hold them, with the rules that they break, the pitfalls, and the mutants that are
 * known to survive.
 *
 * <pre>
 * mutant: log-compared-by-index
 * rule: 3
 * pitfall: 6
 * defect: the log is compared by index only
 * in: core
 * - int byTerm = Long.compare(term, other.term);
 * + int byTerm = 0;
 * ask: LogPositionTests
 * </pre>
 *
 * <p>A mutant may have several changes, each of lines with {@code -} and then lines with {@code +}; without the latter
 * the text is taken out. {@code pitfall} and {@code ask} may be missing. {@code end: hang} and {@code end: death} belong to
 * a mutant whose tests never end, or whose process dies, instead of failing. Lines with {@code #} are comments.
 *
 * @param mutants in the order of the files' names
 * @param rules the safety rules, then the promises of the modules outside the engine
 * @param pitfalls by number
 * @param survivors why a mutant that nobody catches is kept, by its name
 * @param judges who is asked about a mutant of the core before its tests, in that order
 * @param baseline the last known numbers
 */
record Catalogue(
        List<Mutant> mutants,
        List<Rule> rules,
        List<Pitfall> pitfalls,
        Map<String, String> survivors,
        List<Judge> judges,
        Baseline baseline) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

    /** A safety rule as the document has it: {@code 2. **One vote a term.** ...}. */
    private static final Pattern SAFETY_RULE = Pattern.compile("(\\d+)\\. \\*\\*(.+?)\\.?\\*\\*.*");

    /** What this module holds. */
    static Catalogue ofTheProject() {
        return read(Path.of("catalogue"), Path.of("..", "docs", "safety-rules.md"));
    }

    /**
     * Reads all of it.
     *
     * @param directory of the {@code *.mutants} files
     * @param safetyRules the document that states them
     */
    static Catalogue read(Path directory, Path safetyRules) {
        try (Stream<Path> files = Files.list(directory)) {
            List<Mutant> mutants = new ArrayList<>();
            List<Path> sorted = files.filter(file -> file.toString().endsWith(".mutants"))
                    .sorted()
                    .toList();
            for (Path file : sorted) {
                mutants.addAll(parse(file.getFileName().toString(), Files.readAllLines(file)));
            }
            Set<String> names = new TreeSet<>();
            for (Mutant mutant : mutants) {
                if (!names.add(mutant.name())) {
                    throw new IllegalArgumentException("two mutants have the name '" + mutant.name() + "'");
                }
            }
            List<Rule> rules = new ArrayList<>(safetyRules(Files.readAllLines(safetyRules)));
            entries(directory.resolve("promises.txt")).forEach((key, text) -> rules.add(new Rule(key, text)));
            return new Catalogue(
                    mutants,
                    rules,
                    pitfalls(Files.readAllLines(directory.resolve("pitfalls.txt"))),
                    entries(directory.resolve("survivors.txt")),
                    entries(directory.resolve("judges.txt")).entrySet().stream()
                            .map(entry -> new Judge(entry.getKey(), entry.getValue()))
                            .toList(),
                    Baseline.read(directory.resolve("report-baseline.txt")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Rule> safetyRules(List<String> lines) {
        return lines.stream()
                .map(SAFETY_RULE::matcher)
                .filter(Matcher::matches)
                .map(line -> new Rule(line.group(1), line.group(2)))
                .toList();
    }

    /** Lines of a name, a colon and a text. */
    private static Map<String, String> entries(Path file) throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(": ");
            if (colon < 0
                    || entries.put(
                                    line.substring(0, colon),
                                    line.substring(colon + 2).trim())
                            != null) {
                throw new IllegalArgumentException(
                        file + ": '" + line + "' is no line such as 'name: text', or has the name of another");
            }
        }
        return entries;
    }

    /**
     * Those that a list names, separated by commas: {@code vote-*} names all that begin so, {@code core} all of that
     * package, {@code rule-7} all that break that rule, and nothing names all.
     */
    List<Mutant> select(String names) {
        if (names.isBlank()) {
            return mutants;
        }
        Set<Mutant> selected = new LinkedHashSet<>();
        for (String name : names.split(",")) {
            String wanted = name.trim();
            List<Mutant> found =
                    mutants.stream().filter(m -> isNamed(m, wanted)).toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException("there is no mutant '" + wanted + "'");
            }
            selected.addAll(found);
        }
        return List.copyOf(selected);
    }

    private static boolean isNamed(Mutant mutant, String wanted) {
        return wanted.endsWith("*")
                ? mutant.name().startsWith(wanted.substring(0, wanted.length() - 1))
                : wanted.equals(mutant.name())
                        || wanted.equals(mutant.area())
                        || wanted.equals("rule-" + mutant.rule());
    }

    static List<Mutant> parse(String file, List<String> lines) {
        List<Mutant> mutants = new ArrayList<>();
        Draft draft = null;
        int number = 0;
        for (String line : lines) {
            number++;
            try {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                if (line.startsWith("mutant:")) {
                    if (draft != null) {
                        mutants.add(draft.mutant());
                    }
                    draft = new Draft();
                }
                if (draft == null) {
                    throw new IllegalArgumentException("a mutant begins with its name");
                }
                draft.take(line);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ", line " + number + ": " + e.getMessage(), e);
            }
        }
        if (draft != null) {
            mutants.add(draft.mutant());
        }
        return mutants;
    }

    /**
     * A part of the mutants, so that several runs share them.
     *
     * @param share such as {@code 2/5}: every fifth, from the second on
     */
    static List<Mutant> share(List<Mutant> mutants, String share) {
        int slash = share.indexOf('/');
        int of = Integer.parseInt(share.substring(slash + 1));
        int part = Integer.parseInt(share.substring(0, Math.max(slash, 0)));
        if (part < 1 || part > of) {
            throw new IllegalArgumentException("the share '" + share + "' is none such as 2/5");
        }
        return IntStream.range(0, mutants.size())
                .filter(i -> i % of == part - 1)
                .mapToObj(mutants::get)
                .toList();
    }

    /** Lines of number and text, with a line {@code not here: why} below those that no mutant can fall into. */
    static List<Pitfall> pitfalls(List<String> lines) {
        List<Pitfall> pitfalls = new ArrayList<>();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(": ");
            String key = line.substring(0, colon).trim();
            String value = line.substring(colon + 2).trim();
            if (key.equals("not here")) {
                Pitfall last = pitfalls.remove(pitfalls.size() - 1);
                pitfalls.add(new Pitfall(last.number(), last.text(), value));
            } else {
                pitfalls.add(new Pitfall(Integer.parseInt(key), value, null));
            }
        }
        return pitfalls;
    }

    /** A mutant as far as it was read. */
    private static final class Draft {

        private static final Set<String> KEYS = Set.of("mutant", "rule", "pitfall", "defect", "in", "ask", "end");

        private final Map<String, String> fields = new HashMap<>();
        private final List<Edit> edits = new ArrayList<>();
        private @Nullable StringBuilder old;
        private @Nullable StringBuilder replacement;

        void take(String line) {
            char first = line.charAt(0);
            if (first == '-') {
                if (replacement != null) {
                    endEdit();
                }
                old = append(old, line);
            } else if (first == '+') {
                if (old == null) {
                    throw new IllegalArgumentException("a text that takes the place of none");
                }
                replacement = append(replacement, line);
            } else {
                endEdit();
                int colon = line.indexOf(':');
                String key = colon < 0 ? line : line.substring(0, colon);
                if (!KEYS.contains(key)) {
                    throw new IllegalArgumentException("'" + key + "' is none of " + new TreeSet<>(KEYS));
                }
                if (fields.put(key, line.substring(colon + 1).trim()) != null) {
                    throw new IllegalArgumentException("a second '" + key + "'");
                }
            }
        }

        private static StringBuilder append(@Nullable StringBuilder text, String line) {
            String content = line.substring(1).strip();
            return text == null ? new StringBuilder(content) : text.append('\n').append(content);
        }

        private void endEdit() {
            if (old != null) {
                edits.add(new Edit(old.toString(), replacement == null ? "" : replacement.toString()));
            }
            old = null;
            replacement = null;
        }

        Mutant mutant() {
            endEdit();
            String name = field("mutant");
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("'" + name + "' is no name such as vote-not-written");
            }
            if (edits.isEmpty()) {
                throw new IllegalArgumentException("'" + name + "' changes nothing");
            }
            return new Mutant(
                    name,
                    field("rule"),
                    words("pitfall").stream().map(Integer::valueOf).collect(toCollection(TreeSet::new)),
                    field("defect"),
                    field("in"),
                    List.copyOf(edits),
                    words("ask"),
                    end(fields.getOrDefault("end", "assertion")));
        }

        private static Mutant.End end(String name) {
            return Arrays.stream(Mutant.End.values())
                    .filter(end -> end.name().toLowerCase(Locale.ROOT).equals(name))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException("the end '" + name + "' is none of assertion, hang, death"));
        }

        private String field(String key) {
            String value = fields.getOrDefault(key, "");
            if (value.isEmpty()) {
                throw new IllegalArgumentException("'" + fields.get("mutant") + "' has no '" + key + "'");
            }
            return value;
        }

        private List<String> words(String key) {
            return Arrays.stream(fields.getOrDefault(key, "").split("[ ,]+"))
                    .filter(word -> !word.isEmpty())
                    .toList();
        }
    }
}
