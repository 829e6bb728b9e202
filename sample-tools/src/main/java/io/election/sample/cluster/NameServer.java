package io.election.sample.cluster;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A name server on loopback that knows one name, and under it where each member of a cluster is reached: what a headless service is
 * on Kubernetes. All members share one address here, so the records have ports (SRV). No cache may keep an answer.
 */
final class NameServer implements AutoCloseable {

    /** The name, fully qualified. */
    static final String NAME = "_election._tcp.sample.test.";

    /** What a question and an answer take over UDP at most. A longer answer is marked as cut. */
    private static final int LONGEST = 512;

    private static final Name OWNER = Name.fromConstantString(NAME);
    private static final Name HOST = Name.fromConstantString("localhost.");

    private final DatagramSocket socket;
    private final Map<String, Integer> ports = new TreeMap<>();

    private NameServer(DatagramSocket socket) {
        this.socket = socket;
    }

    /** Starts a server that knows of no member yet, on a free port. */
    static NameServer start() {
        try {
            NameServer server = new NameServer(new DatagramSocket(0, InetAddress.getByName("127.0.0.1")));
            Thread thread = new Thread(server::serve, "name-server");
            thread.setDaemon(true);
            thread.start();
            return server;
        } catch (IOException e) {
            throw new ClusterException("The name server cannot be started: " + e.getMessage(), e);
        }
    }

    /** Where it is asked, as {@code election.discovery.servers} has it. */
    String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** From now on the name leads to this member too. */
    synchronized void show(String member, int port) {
        ports.put(member, port);
    }

    /** From now on the name does not lead to this member any more. */
    synchronized void hide(String member) {
        ports.remove(member);
    }

    private void serve() {
        byte[] buffer = new byte[LONGEST];
        while (!socket.isClosed()) {
            DatagramPacket received = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(received);
                byte[] answer = answer(received);
                socket.send(new DatagramPacket(answer, answer.length, received.getSocketAddress()));
            } catch (IOException ended) {
                // The server is closed, or somebody sent what is no question: there is nothing to be answered.
            }
        }
    }

    private byte[] answer(DatagramPacket received) throws IOException {
        Message question = new Message(Arrays.copyOf(received.getData(), received.getLength()));
        Record asked = question.getQuestion();
        if (asked == null) {
            throw new IOException("no question");
        }
        Message answer = new Message(question.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.AA);
        answer.addRecord(asked, Section.QUESTION);
        if (!asked.getName().equals(OWNER)) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        } else if (asked.getType() == Type.SRV) {
            addMembers(answer);
        }
        return answer.toWire(LONGEST);
    }

    private synchronized void addMembers(Message answer) {
        ports.values()
                .forEach(
                        port -> answer.addRecord(new SRVRecord(OWNER, DClass.IN, 0, 0, 0, port, HOST), Section.ANSWER));
    }

    @Override
    public void close() {
        socket.close();
    }
}
