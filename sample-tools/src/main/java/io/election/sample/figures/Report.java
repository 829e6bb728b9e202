package io.election.sample.figures;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Figures with what they are of, printed as Markdown while they come in. The whole can be written to a file afterwards, as
 * Markdown or as JSON. The JSON has every value, in nanoseconds, bytes or as a number.
 */
public final class Report {

    private static final String HEAD = "| | n | min | median | p90 | max |\n|---|---|---|---|---|---|";
    private static final JsonMapper json =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final PrintStream out;
    private final StringBuilder markdown = new StringBuilder();
    private final List<Section> sections = new ArrayList<>();
    private boolean inTable;
    private boolean inList;

    /**
     * An empty report.
     *
     * @param out where the Markdown is printed
     */
    public Report(PrintStream out) {
        this.out = out;
    }

    private record Section(String title, List<Map<String, Object>> figures, List<String> notes) {}

    /** Begins a section; there must be one before anything else. */
    public void section(String title) {
        sections.add(new Section(title, new ArrayList<>(), new ArrayList<>()));
        inTable = false;
        inList = false;
        if (markdown.length() > 0) {
            print("");
        }
        print("### " + title);
        print("");
    }

    /** Adds a row to the table of the section; the first one, or the first one after a sentence, begins a table. */
    public void figures(String what, Figures figures) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("what", what);
        row.put("unit", figures.unit().name());
        row.put("n", figures.count());
        row.put("min", figures.percentile(0));
        row.put("median", figures.median());
        row.put("p90", figures.percentile(90));
        row.put("max", figures.percentile(100));
        row.put("values", figures.values());
        section().figures().add(row);
        if (!inTable) {
            separate();
            print(HEAD);
        }
        inTable = true;
        inList = false;
        print(figures.row(what));
    }

    /** Adds a paragraph. */
    public void sentence(String sentence) {
        section().notes().add(sentence);
        separate();
        inTable = false;
        inList = false;
        print(sentence);
        print("");
    }

    /** Adds an item to a list. */
    public void item(String item) {
        section().notes().add(item);
        if (!inList) {
            separate();
        }
        inTable = false;
        inList = true;
        print("- " + item);
    }

    /** Ends a table or list that has just been printed. */
    private void separate() {
        if (inTable || inList) {
            print("");
        }
    }

    private Section section() {
        if (sections.isEmpty()) {
            throw new IllegalStateException("section(title) must be called before anything is reported");
        }
        return sections.get(sections.size() - 1);
    }

    private void print(String line) {
        markdown.append(line).append('\n');
        out.println(line);
    }

    /** All that was printed so far. */
    public String markdown() {
        return markdown.toString();
    }

    /** The same for programs: a list of sections, each with its figures and its sentences. */
    public String json() {
        return json.writeValueAsString(sections);
    }

    /**
     * Writes the report to a file, as JSON if its name ends with {@code .json}, else as Markdown.
     *
     * @throws IOException if the file cannot be written
     */
    public void write(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.writeString(file, file.toString().endsWith(".json") ? json() : markdown(), StandardCharsets.UTF_8);
    }
}
