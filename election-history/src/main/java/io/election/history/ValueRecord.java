package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Operations on named values as text, for processes that record what they do and may be killed at any time. Each life writes a record
 * of its own. A write has one line before it is asked for and one when it is answered, so that one that was never answered is on record
 * as well; a read has one line. Words are separated by one space:
 *
 * <pre>
 * writes     NANOS ID TOKEN NAME EXPECTED VALUE
 * applied    NANOS ID INDEX VERSION
 * mismatched NANOS ID INDEX FOUND
 * stale      NANOS ID INDEX
 * not-applied NANOS ID
 * unknown    NANOS ID
 * read       NANOS NANOS NAME VALUE VERSION
 * get        NANOS NANOS NAME VALUE VERSION MIN-INDEX
 * </pre>
 *
 * ID, NAME and VALUE are texts in quotes, encoded as in a URL ({@code "import%2Fprogress"}). A VALUE is {@code absent} for nothing.
 * EXPECTED is {@code anything}, {@code absent}, a text, or {@code version:} and a number. FOUND is {@code -} if it is not known, or
 * VALUE and VERSION. TOKEN, INDEX and VERSION are {@code -} for none.
 */
public final class ValueRecord {

    private static final String NONE = "-";
    private static final String ABSENT = "absent";
    private static final String ANYTHING = "anything";
    private static final String VERSION = "version:";

    private ValueRecord() {}

    // -- writing -------------------------------------------------------------------------------------------------

    /** The line that has to be on record before a write is asked for; without its end. */
    public static String asked(Write write) {
        return words(
                "writes",
                String.valueOf(write.invokedNanos()),
                text(write.id()),
                number(write.token(), Operation.NO_TOKEN),
                text(write.name()),
                expected(write.expected()),
                value(write.value()));
    }

    /**
     * The line for the answer to a write; without its end.
     *
     * @throws IllegalArgumentException if it has none
     */
    public static String answered(Write write) {
        if (write.answeredNanos() == Operation.UNANSWERED) {
            throw new IllegalArgumentException("the write was not answered: " + write);
        }
        String at = String.valueOf(write.answeredNanos());
        String id = text(write.id());
        Outcome outcome = write.outcome();
        if (outcome instanceof Outcome.Applied applied) {
            return words(
                    "applied",
                    at,
                    id,
                    number(applied.index(), ValueOperation.NO_INDEX),
                    number(applied.version(), ValueOperation.NO_VERSION));
        }
        if (outcome instanceof Outcome.Mismatched mismatched) {
            return words(
                    "mismatched",
                    at,
                    id,
                    number(mismatched.index(), ValueOperation.NO_INDEX),
                    mismatched.found() == null ? NONE : content(mismatched.found()));
        }
        if (outcome instanceof Outcome.Stale stale) {
            return words("stale", at, id, number(stale.index(), ValueOperation.NO_INDEX));
        }
        return words(outcome instanceof Outcome.NotApplied ? "not-applied" : "unknown", at, id);
    }

    /** The line for a read; without its end. */
    public static String line(Read read) {
        return words(
                "read",
                String.valueOf(read.invokedNanos()),
                String.valueOf(read.answeredNanos()),
                text(read.name()),
                content(read.content()));
    }

    /** The line for a local get; without its end. */
    public static String line(Get get) {
        return words(
                "get",
                String.valueOf(get.invokedNanos()),
                String.valueOf(get.answeredNanos()),
                text(get.name()),
                content(get.content()),
                number(get.minIndex(), ValueOperation.NO_INDEX));
    }

    private static String words(String... words) {
        return String.join(" ", words);
    }

    private static String number(long number, long none) {
        return number == none ? NONE : String.valueOf(number);
    }

    private static String text(String text) {
        String word = '"' + URLEncoder.encode(text, StandardCharsets.UTF_8) + '"';
        if (!text.equals(decoded(word))) {
            throw new IllegalArgumentException("text is not Unicode: " + word);
        }
        return word;
    }

    private static String value(@Nullable String value) {
        return value == null ? ABSENT : text(value);
    }

    private static String content(Content content) {
        return value(content.value()) + " " + number(content.version(), ValueOperation.NO_VERSION);
    }

    private static String expected(Expected expected) {
        if (expected instanceof Expected.Anything) {
            return ANYTHING;
        }
        if (expected instanceof Expected.Absent) {
            return ABSENT;
        }
        return expected instanceof Expected.Value value
                ? text(value.value())
                : VERSION + ((Expected.Version) expected).version();
    }

    // -- reading -------------------------------------------------------------------------------------------------

    /**
     * Reads the record of one life. A last line without its end is left out: its process was killed while it wrote it.
     *
     * @param life whose record it is
     * @param text the record
     * @return the operations; of a write that is on record without an answer the outcome is unknown
     * @throws IllegalArgumentException if a line is not as described; the message has its number and says what is wrong
     */
    public static List<ValueOperation> parse(Life life, String text) {
        Parser parser = new Parser(life);
        List<String> lines =
                text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            try {
                parser.line(lines.get(i).split(" ", -1));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "line " + (i + 1) + " of the record of " + life + ": " + e.getMessage() + " (" + lines.get(i)
                                + ")",
                        e);
            }
        }
        return parser.operations();
    }

    private static String decoded(String word) {
        if (word.length() < 2 || !word.startsWith("\"") || !word.endsWith("\"")) {
            throw new IllegalArgumentException("a text in quotes is expected, not " + word);
        }
        return URLDecoder.decode(word.substring(1, word.length() - 1), StandardCharsets.UTF_8);
    }

    private static final class Parser {

        private final Life life;
        private final List<ValueOperation> operations = new ArrayList<>();
        /** By id, the writes that were not answered yet. */
        private final Map<String, Write> open = new LinkedHashMap<>();

        Parser(Life life) {
            this.life = life;
        }

        List<ValueOperation> operations() {
            operations.addAll(open.values());
            return operations;
        }

        void line(String[] words) {
            switch (words[0]) {
                case "writes" -> asked(words);
                case "applied" -> {
                    expect(words, 5);
                    answered(words, new Outcome.Applied(index(words[3]), version(words[4])));
                }
                case "mismatched" -> {
                    boolean isKnown = words.length != 5 || !words[4].equals(NONE);
                    expect(words, isKnown ? 6 : 5);
                    answered(
                            words,
                            new Outcome.Mismatched(index(words[3]), isKnown ? content(words[4], words[5]) : null));
                }
                case "stale" -> {
                    expect(words, 4);
                    answered(words, new Outcome.Stale(index(words[3])));
                }
                case "not-applied" -> {
                    expect(words, 3);
                    answered(words, new Outcome.NotApplied());
                }
                case "unknown" -> {
                    expect(words, 3);
                    answered(words, new Outcome.Unknown());
                }
                case "read" -> {
                    expect(words, 6);
                    operations.add(new Read(
                            life, nanos(words[1]), nanos(words[2]), decoded(words[3]), content(words[4], words[5])));
                }
                case "get" -> {
                    expect(words, 7);
                    operations.add(new Get(
                            life,
                            nanos(words[1]),
                            nanos(words[2]),
                            decoded(words[3]),
                            content(words[4], words[5]),
                            index(words[6])));
                }
                default -> throw new IllegalArgumentException("unknown kind of line");
            }
        }

        private void asked(String[] words) {
            expect(words, 7);
            Write write = new Write(
                    life,
                    decoded(words[2]),
                    nanos(words[1]),
                    Operation.UNANSWERED,
                    decoded(words[4]),
                    expected(words[5]),
                    value(words[6]),
                    number("token", words[3], Operation.NO_TOKEN),
                    new Outcome.Unknown());
            if (open.putIfAbsent(write.id(), write) != null) {
                throw new IllegalArgumentException("write " + words[2] + " is asked for again before it is answered");
            }
        }

        private void answered(String[] words, Outcome outcome) {
            Write asked = open.remove(decoded(words[2]));
            if (asked == null) {
                throw new IllegalArgumentException("write " + words[2] + " is answered, but was not asked for");
            }
            operations.add(new Write(
                    life,
                    asked.id(),
                    asked.invokedNanos(),
                    nanos(words[1]),
                    asked.name(),
                    asked.expected(),
                    asked.value(),
                    asked.token(),
                    outcome));
        }

        private static void expect(String[] words, int count) {
            if (words.length != count) {
                throw new IllegalArgumentException(
                        "a line \"" + words[0] + "\" has " + count + " words, this one has " + words.length);
            }
        }

        private static long nanos(String word) {
            return number("time", word);
        }

        private static long index(String word) {
            return number("index", word, ValueOperation.NO_INDEX);
        }

        private static long version(String word) {
            return number("version", word, ValueOperation.NO_VERSION);
        }

        private static long number(String field, String word, long none) {
            return word.equals(NONE) ? none : number(field, word);
        }

        private static long number(String field, String word) {
            try {
                return Long.parseLong(word);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(field + " is " + word + "; it must be a number", e);
            }
        }

        private static @Nullable String value(String word) {
            return word.equals(ABSENT) ? null : decoded(word);
        }

        private static Content content(String value, String version) {
            return new Content(value(value), version(version));
        }

        private static Expected expected(String word) {
            if (word.equals(ANYTHING)) {
                return new Expected.Anything();
            }
            if (word.equals(ABSENT)) {
                return new Expected.Absent();
            }
            return word.startsWith(VERSION)
                    ? new Expected.Version(number("version", word.substring(VERSION.length())))
                    : new Expected.Value(decoded(word));
        }
    }
}
