package io.election.discovery;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A name server on loopback, over UDP and TCP, that says what a test tells it to say: records that change, and every way to fail.
 * A name that it was told nothing of does not exist. It reads and writes messages by code of its own, so that a mistake in what is
 * tested is not made here too.
 */
public final class NameServer implements AutoCloseable {

    /** What befalls each question that reaches the server. */
    public enum Mood {
        /** It answers. */
        SOUND,
        /** It answers nothing. */
        SILENT,
        /** It says that it failed. */
        SERVFAIL,
        /** It says that it answers nobody like this. */
        REFUSED,
        /** It neither knows anything nor asks anybody: it refers to other servers. */
        REFERRING,
        /** What it sends is no message. */
        GARBAGE,
        /** Over UDP somebody else's answer comes first. */
        FORGED_FIRST
    }

    /** How long an answer over UDP may be. */
    private static final int LONGEST_OVER_UDP = 512;

    private static final int HEADER = 12;
    private static final int A = 1;
    private static final int CNAME = 5;
    private static final int SOA = 6;
    private static final int AAAA = 28;
    private static final int SRV = 33;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Map<String, List<Resource>> zone = new ConcurrentHashMap<>();
    private final Map<String, Mood> moods = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile Mood mood = Mood.SOUND;
    private volatile boolean cutsAll;
    private volatile boolean cutsOverTcp;
    private volatile boolean answersOverTcp = true;
    private volatile int seconds = 30;
    private volatile int negativeSeconds = 5;

    /** One record, without its owner. */
    private record Resource(int kind, byte[] data) {}

    /** Starts a server on 127.0.0.1, on a free port. */
    public NameServer() throws IOException {
        this(InetAddress.getByName("127.0.0.1"));
    }

    /**
     * Starts a server.
     *
     * @param address an address of this machine
     */
    public NameServer(InetAddress address) throws IOException {
        ServerSocket stream = null;
        DatagramSocket datagrams = null;
        while (datagrams == null) {
            stream = new ServerSocket(0, 50, address);
            try {
                datagrams = new DatagramSocket(stream.getLocalPort(), address);
            } catch (BindException taken) {
                // By somebody else's UDP. Another port is free for both.
                stream.close();
            }
        }
        tcp = stream;
        udp = datagrams;
        start("name-server-udp", this::serveDatagrams);
        start("name-server-tcp", this::serveConnections);
    }

    private interface Service {
        void run() throws IOException;
    }

    private static void start(String name, Service service) {
        Thread thread = new Thread(
                () -> {
                    try {
                        service.run();
                    } catch (IOException closed) {
                        // The test, or the connection, is over.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    // ------------------------------------------------------------------------------------------------ what it says

    /** Where it is asked. */
    public InetSocketAddress address() {
        return new InetSocketAddress(udp.getLocalAddress(), udp.getLocalPort());
    }

    /** The same as a url of JNDI. */
    public String url() {
        return "dns://" + udp.getLocalAddress().getHostAddress() + ":" + udp.getLocalPort();
    }

    /** From now on a name has these addresses, of IPv4 and IPv6, and nothing else; none: it exists without any. */
    public NameServer addresses(String name, String... addresses) throws IOException {
        List<Resource> records = new ArrayList<>();
        for (String text : addresses) {
            byte[] address = InetAddress.getByName(text).getAddress();
            records.add(new Resource(address.length == 4 ? A : AAAA, address));
        }
        zone.put(key(name), List.copyOf(records));
        return this;
    }

    /** From now on a name has these services, as {@code host:port}, and nothing else. */
    public NameServer services(String name, String... targets) {
        List<Resource> records = new ArrayList<>();
        for (String target : targets) {
            int colon = target.lastIndexOf(':');
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            word(data, 0);
            word(data, 100);
            word(data, Integer.parseInt(target.substring(colon + 1)));
            data.writeBytes(encoded(target.substring(0, colon)));
            records.add(new Resource(SRV, data.toByteArray()));
        }
        zone.put(key(name), List.copyOf(records));
        return this;
    }

    /** From now on a name is another one's. */
    public NameServer alias(String name, String of) {
        zone.put(key(name), List.of(new Resource(CNAME, encoded(of))));
        return this;
    }

    /** From now on there is no such name. */
    public NameServer removes(String name) {
        zone.remove(key(name));
        return this;
    }

    /** What befalls questions from now on. */
    public NameServer is(Mood next) {
        mood = next;
        return this;
    }

    /** What befalls questions for one name and kind, such as {@code AAAA}, from now on. */
    public NameServer is(Mood next, String name, String kind) {
        moods.put(key(name) + " " + kind, next);
        return this;
    }

    /** Over UDP, every answer has half of its records from now on, and is marked as cut. */
    public NameServer cutsAll(boolean cuts) {
        cutsAll = cuts;
        return this;
    }

    /** Over TCP, every answer has half of its records from now on, which no sound server does. */
    public NameServer cutsOverTcp(boolean cuts) {
        cutsOverTcp = cuts;
        return this;
    }

    /** Whether a connection over TCP gets an answer from now on; otherwise it is closed. */
    public NameServer answersOverTcp(boolean answers) {
        answersOverTcp = answers;
        return this;
    }

    /** For how long caches may keep records, and that there are none. */
    public NameServer lifetimes(int ofRecords, int ofTheirAbsence) {
        seconds = ofRecords;
        negativeSeconds = ofTheirAbsence;
        return this;
    }

    /** What was asked until now, such as {@code udp orders.test A}. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }

    // ------------------------------------------------------------------------------------------------ the network

    private void serveDatagrams() throws IOException {
        byte[] buffer = new byte[LONGEST_OVER_UDP];
        while (true) {
            DatagramPacket received = new DatagramPacket(buffer, buffer.length);
            udp.receive(received);
            byte[] question = Arrays.copyOf(buffer, received.getLength());
            for (byte[] answer : answers(question, true)) {
                udp.send(new DatagramPacket(answer, answer.length, received.getSocketAddress()));
            }
        }
    }

    private void serveConnections() throws IOException {
        while (true) {
            Socket connection = tcp.accept();
            start("name-server-connection", () -> {
                try (connection) {
                    DataInputStream in = new DataInputStream(connection.getInputStream());
                    while (answersOverTcp) {
                        byte[] question = new byte[in.readUnsignedShort()];
                        in.readFully(question);
                        for (byte[] answer : answers(question, false)) {
                            ByteArrayOutputStream out = new ByteArrayOutputStream();
                            word(out, answer.length);
                            out.writeBytes(answer);
                            connection.getOutputStream().write(out.toByteArray());
                        }
                    }
                }
            });
        }
    }

    // ------------------------------------------------------------------------------------------------ messages

    private List<byte[]> answers(byte[] question, boolean overUdp) {
        int end = HEADER;
        StringBuilder name = new StringBuilder();
        while (question[end] != 0) {
            name.append(name.isEmpty() ? "" : ".")
                    .append(new String(question, end + 1, question[end], StandardCharsets.US_ASCII));
            end += question[end] + 1;
        }
        int kind = (question[end + 1] & 0xff) << 8 | question[end + 2] & 0xff;
        end += 5;
        String kindName = switch (kind) {
            case A -> "A";
            case AAAA -> "AAAA";
            case SRV -> "SRV";
            default -> "TYPE" + kind;
        };
        asked.add((overUdp ? "udp " : "tcp ") + name + " " + kindName);
        byte[] echo = Arrays.copyOfRange(question, HEADER, end);
        Mood now = moods.getOrDefault(key(name.toString()) + " " + kindName, mood);
        return switch (now) {
            case SILENT -> List.of();
            case SERVFAIL -> List.of(message(question, 0x8182, echo, List.of(), null));
            case REFUSED -> List.of(message(question, 0x8185, echo, List.of(), null));
            case REFERRING -> List.of(message(question, 0x8100, echo, List.of(), null));
            case GARBAGE -> List.of(new byte[] {question[0], question[1], (byte) 0x81, (byte) 0x80, 0, 1, 0, 9});
            case FORGED_FIRST ->
                overUdp
                        ? List.of(forged(question, echo, kind), sound(question, echo, name.toString(), kind, true))
                        : List.of(sound(question, echo, name.toString(), kind, false));
            case SOUND -> List.of(sound(question, echo, name.toString(), kind, overUdp));
        };
    }

    /** With another number than the question's. */
    private byte[] forged(byte[] question, byte[] echo, int kind) {
        byte[] other = question.clone();
        other[0] ^= 0x55;
        byte[] data = new byte[kind == A ? 4 : 16];
        Arrays.fill(data, (byte) 66);
        return message(
                other, 0x8580, echo, List.of(record(new byte[] {(byte) 0xc0, HEADER}, kind, seconds, data)), null);
    }

    private byte[] sound(byte[] question, byte[] echo, String name, int kind, boolean overUdp) {
        List<byte[]> records = new ArrayList<>();
        // The first record's owner is the question's name, by reference, as servers write it.
        byte[] owner = {(byte) 0xc0, HEADER};
        String current = name;
        List<Resource> known = zone.get(key(current));
        boolean exists = known != null;
        while (known != null) {
            String alias = null;
            for (Resource resource : known) {
                if (resource.kind() == kind || resource.kind() == CNAME) {
                    records.add(record(owner, resource.kind(), seconds, resource.data()));
                }
                if (resource.kind() == CNAME) {
                    alias = decoded(resource.data());
                }
            }
            if (alias == null || records.size() > 20) {
                break;
            }
            current = alias;
            owner = encoded(alias);
            known = zone.get(key(current));
        }
        byte[] authority = records.isEmpty() ? soa() : null;
        byte[] whole = message(question, exists ? 0x8580 : 0x8583, echo, records, authority);
        if ((!overUdp && cutsOverTcp) || (overUdp && (cutsAll || whole.length > LONGEST_OVER_UDP))) {
            return message(question, 0x8780, echo, records.subList(0, records.size() / 2), null);
        }
        return whole;
    }

    private byte[] soa() {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(encoded("ns.test"));
        data.writeBytes(encoded("hostmaster.test"));
        for (int i = 0; i < 4; i++) {
            word(data, 0);
            word(data, 7200);
        }
        word(data, 0);
        word(data, negativeSeconds);
        return record(encoded("test"), SOA, 3600, data.toByteArray());
    }

    private static byte[] message(
            byte[] question, int flags, byte[] echo, List<byte[]> records, byte @Nullable [] authority) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(question, 0, 2);
        word(out, flags);
        word(out, 1);
        word(out, records.size());
        word(out, authority == null ? 0 : 1);
        word(out, 0);
        out.writeBytes(echo);
        records.forEach(out::writeBytes);
        if (authority != null) {
            out.writeBytes(authority);
        }
        return out.toByteArray();
    }

    private static byte[] record(byte[] owner, int kind, int seconds, byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(owner);
        word(out, kind);
        word(out, 1);
        word(out, seconds >> 16);
        word(out, seconds);
        word(out, data.length);
        out.writeBytes(data);
        return out.toByteArray();
    }

    private static void word(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    private static byte[] encoded(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            if (!label.isEmpty()) {
                out.write(label.length());
                out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
            }
        }
        out.write(0);
        return out.toByteArray();
    }

    private static String decoded(byte[] name) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; name[at] != 0; at += name[at] + 1) {
            text.append(text.isEmpty() ? "" : ".")
                    .append(new String(name, at + 1, name[at], StandardCharsets.US_ASCII));
        }
        return text.toString();
    }

    private static String key(String name) {
        String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return bare.toLowerCase(Locale.ROOT);
    }
}
