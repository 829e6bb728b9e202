package io.election.discovery;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A message of DNS (RFC 1035), as far as a question for one kind of records of one name, and its answer, need it. Whatever a
 * server sends, reading it ends, and takes no more memory than the message itself.
 *
 * @param id answers carry that of their question
 * @param flags the second word of the header
 * @param name the name that was asked for, in lower case, without the dot at its end
 * @param kind the number of the kind that was asked for
 * @param answers the records of the answer that may matter
 * @param negativeSeconds for how long the answer that there is no such record may be kept, by the zone's SOA record; zero if it
 *     does not say so
 */
record DnsMessage(int id, int flags, String name, int kind, List<Resource> answers, long negativeSeconds) {

    /** The kinds of records that are asked for. */
    enum Kind {
        A(1),
        AAAA(28),
        SRV(33);

        final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    static final int NO_ERROR = 0;
    static final int NO_SUCH_NAME = 3;

    private static final int CNAME = 5;
    private static final int SOA = 6;
    private static final int CLASS_IN = 1;
    private static final int HEADER = 12;
    private static final int ANSWER = 0x8000;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int CUT = 0x0200;
    private static final int RECURSION_WANTED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_LABEL = 63;
    private static final int MOST_ALIASES = 16;

    /**
     * One record.
     *
     * @param owner whose it is
     * @param kind its kind's number
     * @param seconds for how long it may be kept
     * @param value the text of an address, or the name of an alias's or a service's target
     * @param port of a service; otherwise zero
     */
    record Resource(String owner, int kind, long seconds, String value, int port) {}

    /**
     * What an answer says of the name that was asked for, its aliases followed.
     *
     * @param records those of the kind that was asked for; none if there are none
     * @param seconds for how long a cache may give this answer
     */
    record Said(List<Resource> records, long seconds) {}

    // ------------------------------------------------------------------------------------------------ the question

    /**
     * Writes a question.
     *
     * @param id drawn at random
     * @param name a name without the dot at its end
     * @throws IllegalArgumentException if that is none
     */
    static byte[] question(int id, String name, Kind kind) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        word(out, id);
        word(out, RECURSION_WANTED);
        word(out, 1);
        word(out, 0);
        word(out, 0);
        word(out, 0);
        for (String label : name.split("\\.", -1)) {
            byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
            out.write(bytes.length);
            out.writeBytes(bytes);
        }
        out.write(0);
        word(out, kind.number);
        word(out, CLASS_IN);
        return out.toByteArray();
    }

    private static void word(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    /** Whether a text can be asked for: labels of up to 63 letters, digits, dashes and underscores, 253 together. */
    static boolean isName(String text) {
        if (text.isEmpty() || text.length() > LONGEST_NAME) {
            return false;
        }
        for (String label : text.split("\\.", -1)) {
            if (label.length() > LONGEST_LABEL || !label.matches("[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")) {
                return false;
            }
        }
        return true;
    }

    // ------------------------------------------------------------------------------------------------ the answer

    /** Whether it answers this question, and not another one. */
    boolean answers(int question, String asked, Kind askedKind) {
        return id == question
                && (flags & ANSWER) != 0
                && name.equals(asked.toLowerCase(Locale.ROOT))
                && kind == askedKind.number;
    }

    /** Whether there was not room for all of it. */
    boolean isCut() {
        return (flags & CUT) != 0;
    }

    int code() {
        return flags & 0xf;
    }

    /** Whether the server neither knows the answer nor asks others for it. */
    boolean refersToOthers() {
        return code() == NO_ERROR && answers.isEmpty() && (flags & (AUTHORITATIVE | RECURSION_AVAILABLE)) == 0;
    }

    /** What it says of the name. Records of other names are left out: nobody asked for them. */
    Said said() {
        String owner = name;
        long seconds = 0;
        Set<String> seen = new LinkedHashSet<>();
        while (seen.size() < MOST_ALIASES && seen.add(owner)) {
            String current = owner;
            List<Resource> records = answers.stream()
                    .filter(record -> record.kind() == kind && record.owner().equals(current))
                    .toList();
            if (!records.isEmpty()) {
                for (Resource record : records) {
                    seconds = Math.max(seconds, record.seconds());
                }
                return new Said(records, seconds);
            }
            for (Resource record : answers) {
                if (record.kind() == CNAME && record.owner().equals(current)) {
                    owner = record.value();
                    seconds = Math.max(seconds, record.seconds());
                }
            }
        }
        return new Said(List.of(), Math.max(seconds, negativeSeconds));
    }

    /**
     * Reads a message.
     *
     * @throws IOException if it is none, or has another number of questions than one
     */
    static DnsMessage read(byte[] bytes, int length) throws IOException {
        try {
            return new Reader(bytes, length).message();
        } catch (IndexOutOfBoundsException e) {
            throw new IOException("the answer ends in the middle of a record", e);
        }
    }

    private static final class Reader {

        private final byte[] bytes;
        private final int length;
        private int at;

        Reader(byte[] bytes, int length) {
            this.bytes = bytes;
            this.length = length;
        }

        DnsMessage message() throws IOException {
            int id = word();
            int flags = word();
            int questions = word();
            int answers = word();
            int authorities = word();
            at = HEADER;
            if (questions != 1) {
                throw new IOException("the answer repeats " + questions + " questions, and one was asked");
            }
            String name = name();
            int kind = word();
            skip(2);
            List<Resource> records = new ArrayList<>();
            if ((flags & CUT) != 0) {
                // What is left of it may end anywhere.
                return new DnsMessage(id, flags, name, kind, records, 0);
            }
            for (int i = 0; i < answers; i++) {
                answer(records);
            }
            long negative = 0;
            for (int i = 0; i < authorities; i++) {
                negative = Math.max(negative, negativeSeconds());
            }
            return new DnsMessage(id, flags, name, kind, List.copyOf(records), negative);
        }

        private void answer(List<Resource> records) throws IOException {
            String owner = name();
            int kind = word();
            int of = word();
            long seconds = seconds();
            int size = word();
            int end = at + size;
            if (of == CLASS_IN && kind == Kind.A.number && size == 4
                    || of == CLASS_IN && kind == Kind.AAAA.number && size == 16) {
                byte[] address = new byte[size];
                for (int i = 0; i < size; i++) {
                    address[i] = (byte) octet();
                }
                records.add(new Resource(
                        owner, kind, seconds, InetAddress.getByAddress(address).getHostAddress(), 0));
            } else if (of == CLASS_IN && kind == CNAME) {
                records.add(new Resource(owner, kind, seconds, name(), 0));
            } else if (of == CLASS_IN && kind == Kind.SRV.number) {
                // Priority and weight: all members are wanted.
                skip(4);
                int port = word();
                records.add(new Resource(owner, kind, seconds, name(), port));
            }
            moveTo(end);
        }

        /** RFC 2308: the lesser of the SOA record's own time and its last field. */
        private long negativeSeconds() throws IOException {
            skipName();
            int kind = word();
            skip(2);
            long seconds = seconds();
            int end = at + 2;
            end += word();
            long negative = 0;
            if (kind == SOA) {
                skipName();
                skipName();
                skip(16);
                negative = Math.min(seconds, seconds());
            }
            moveTo(end);
            return negative;
        }

        private int octet() {
            if (at >= length) {
                throw new IndexOutOfBoundsException(at);
            }
            return bytes[at++] & 0xff;
        }

        private int word() {
            return octet() << 8 | octet();
        }

        /** RFC 2181: a time of which the highest bit is set is zero. */
        private long seconds() {
            long seconds = (long) word() << 16 | word();
            return seconds > Integer.MAX_VALUE ? 0 : seconds;
        }

        private void skip(int octets) {
            moveTo(at + octets);
        }

        private void moveTo(int place) {
            if (place > length) {
                throw new IndexOutOfBoundsException(place);
            }
            at = place;
        }

        /** A name, which may go on at an earlier place of the message; each such jump goes further back, so it ends. */
        private String name() throws IOException {
            StringBuilder name = new StringBuilder();
            int earliest = at;
            int resume = -1;
            for (int size = octet(); size != 0; size = octet()) {
                if (size >= 0xc0) {
                    int place = (size & 0x3f) << 8 | octet();
                    if (place >= earliest) {
                        throw new IOException("a name in the answer leads to itself");
                    }
                    resume = resume < 0 ? at : resume;
                    earliest = place;
                    at = place;
                } else if (size > LONGEST_LABEL) {
                    throw new IOException("a name in the answer is none");
                } else {
                    label(name, size);
                }
            }
            if (resume >= 0) {
                at = resume;
            }
            return name.toString().toLowerCase(Locale.ROOT);
        }

        private void label(StringBuilder name, int size) throws IOException {
            if (!name.isEmpty()) {
                name.append('.');
            }
            for (int i = 0; i < size; i++) {
                char octet = (char) octet();
                // A dot inside of a label would make two names alike that are not.
                if (octet <= ' ' || octet == '.' || octet > '~') {
                    throw new IOException("a name in the answer has the character " + (int) octet);
                }
                name.append(octet);
            }
            if (name.length() > LONGEST_NAME) {
                throw new IOException("a name in the answer is too long");
            }
        }

        private void skipName() {
            for (int size = octet(); size != 0; size = octet()) {
                if (size >= 0xc0) {
                    octet();
                    return;
                }
                skip(size);
            }
        }
    }
}
