package io.election.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * What PIT's mutations came to: those that survived a test by class, method and kind of mutation, those that no test ran by class
 * only. The line is left out of the comparison: it changes with every edit above it.
 *
 * @param mutations how many there were
 * @param survivors the lines of those that no test noticed
 */
record PitReport(int mutations, Map<String, List<Integer>> survivors) {

    /** In place of a kind of mutation: no test of the part runs the code. */
    private static final String NOT_REACHED = "NotReached";

    /** {@code journal.RecordCodec.name NegateConditionals 2: why}; without the number it is one. */
    private static final Pattern LISTED = Pattern.compile("(\\S+ \\S+?)(?: (\\d+))?: (.+)");

    /** Reads {@code mutations.xml}. */
    static PitReport read(Path file) {
        NodeList nodes;
        try {
            nodes = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(file.toFile())
                    .getElementsByTagName("mutation");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SAXException | ParserConfigurationException e) {
            throw new IllegalArgumentException(file + " is no report of PIT", e);
        }
        Map<String, List<Integer>> survivors = new TreeMap<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            Element mutation = (Element) nodes.item(i);
            if (mutation.getAttribute("detected").equals("false")) {
                survivors
                        .computeIfAbsent(key(mutation), key -> new ArrayList<>())
                        .add(Integer.valueOf(text(mutation, "lineNumber")));
            }
        }
        return new PitReport(nodes.getLength(), survivors);
    }

    private static String key(Element mutation) {
        String type = text(mutation, "mutatedClass").replaceFirst("^io\\.election\\.", "");
        if (mutation.getAttribute("status").equals("NO_COVERAGE")) {
            return type + " " + NOT_REACHED;
        }
        String mutator = text(mutation, "mutator");
        return type + "." + text(mutation, "mutatedMethod") + " "
                + mutator.substring(mutator.lastIndexOf('.') + 1).replace("Mutator", "");
    }

    private static String text(Element mutation, String name) {
        return mutation.getElementsByTagName(name).item(0).getTextContent();
    }

    /** How many of each are known to survive. */
    static Map<String, Integer> listed(Path file) {
        Map<String, Integer> listed = new TreeMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                Matcher entry = LISTED.matcher(line);
                if (!entry.matches()
                        || listed.put(entry.group(1), entry.group(2) == null ? 1 : Integer.parseInt(entry.group(2)))
                                != null) {
                    throw new IllegalArgumentException(
                            file + ": '" + line
                                    + "' is no line such as 'journal.RecordCodec.name NegateConditionals 2: why', or stands twice");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return listed;
    }

    /** Each kind of which more survive than are listed, with the lines where they all are. */
    List<String> unlisted(Map<String, Integer> listed) {
        return survivors.entrySet().stream()
                .filter(found -> found.getValue().size() > listed.getOrDefault(found.getKey(), 0))
                .map(found -> found.getKey() + " " + found.getValue().size() + " (listed: "
                        + listed.getOrDefault(found.getKey(), 0) + "; lines "
                        + new TreeSet<>(found.getValue())
                                .stream().map(String::valueOf).collect(Collectors.joining(", "))
                        + ")")
                .toList();
    }

    int count() {
        return survivors.values().stream().mapToInt(List::size).sum();
    }
}
