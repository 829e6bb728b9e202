package io.election.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code election.proto}: the messages and enumerations that it describes, and what it says of the bytes of a message. */
final class ProtocolDescription {

    private static final Pattern BLOCK = Pattern.compile("(message|enum) (\\w+) \\{([^}]*)}");
    private static final Pattern FIELD = Pattern.compile("(repeated )?(?:optional )?(\\w+) \\w+ = (\\d+);");
    private static final Pattern VALUE = Pattern.compile("\\w+ = (\\d+);");
    private static final List<String> NUMBERS = List.of("uint32", "uint64", "sint32", "bool");
    private static final List<String> BLOCKS = List.of("string", "bytes");

    /** Field 900 as a number, and as text. */
    private static final byte[] UNKNOWN = HexFormat.of().parseHex("a03809a238026869");

    private final Map<String, Map<Long, Field>> messages = new HashMap<>();
    private final Map<String, List<Long>> enumerations = new HashMap<>();

    private record Field(boolean repeated, String type) {}

    private ProtocolDescription(String text) {
        Matcher block = BLOCK.matcher(text.replaceAll("//[^\n]*", ""));
        while (block.find()) {
            if (block.group(1).equals("message")) {
                Map<Long, Field> fields = new HashMap<>();
                Matcher field = FIELD.matcher(block.group(3));
                while (field.find()) {
                    fields.put(Long.valueOf(field.group(3)), new Field(field.group(1) != null, field.group(2)));
                }
                messages.put(block.group(2), fields);
            } else {
                enumerations.put(
                        block.group(2),
                        VALUE.matcher(block.group(3))
                                .results()
                                .map(value -> Long.valueOf(value.group(1)))
                                .toList());
            }
        }
    }

    static ProtocolDescription read() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(ProtocolDescription.class.getResourceAsStream("election.proto"))) {
            return new ProtocolDescription(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** What the request of a kind is called. */
    static String requestOf(MessageKind kind) {
        return Arrays.stream(kind.path().split("-"))
                        .map(word -> word.substring(0, 1).toUpperCase() + word.substring(1))
                        .collect(Collectors.joining())
                + "Request";
    }

    /** What the answer to it is called. */
    static String answerOf(MessageKind kind) {
        return kind.response().getSimpleName() + "Answer";
    }

    /**
     * What a message contains that is not described.
     *
     * @param name what it is called
     * @param bytes the message
     * @return one sentence for each field
     */
    List<String> undescribed(String name, byte[] bytes) {
        List<String> found = new ArrayList<>();
        walk(name, bytes, found);
        return found;
    }

    /** The same message with more fields than are known, in itself and in each message within that is not just a list. */
    byte[] withMore(String name, byte[] bytes) {
        return walk(name, bytes, new ArrayList<>());
    }

    private byte[] walk(String name, byte[] bytes, List<String> found) {
        Map<Long, Field> fields = messages.get(name);
        if (fields == null) {
            found.add("There is no message " + name + ".");
            return bytes;
        }
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            long tag = varint(in);
            Field field = fields.get(tag >>> 3);
            String where = name + "." + (tag >>> 3);
            put(more, tag);
            switch ((int) (tag & 7)) {
                case 0 -> {
                    long value = varint(in);
                    put(more, value);
                    if (field == null || !isNumber(field.type(), value)) {
                        found.add(where + " is the number " + value + ".");
                    }
                }
                case 2 -> {
                    byte[] block = new byte[(int) varint(in)];
                    in.get(block);
                    if (field != null && messages.containsKey(field.type())) {
                        block = walk(field.type(), block, found);
                    } else if (field == null || !BLOCKS.contains(field.type())) {
                        found.add(where + " has " + block.length + " bytes.");
                    }
                    put(more, block.length);
                    more.writeBytes(block);
                }
                default -> throw new IllegalArgumentException(where + " is of a kind that no message has");
            }
        }
        if (fields.values().stream().noneMatch(Field::repeated)) {
            more.writeBytes(UNKNOWN);
        }
        return more.toByteArray();
    }

    private boolean isNumber(String type, long value) {
        return NUMBERS.contains(type)
                || enumerations.getOrDefault(type, List.of()).contains(value);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = in.get();
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    private static void put(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
