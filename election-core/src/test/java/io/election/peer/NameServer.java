package io.election.peer;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;

/** A name server on loopback that gives one name the address that a test says, and knows no other. */
final class NameServer implements AutoCloseable {

    private static final int HEADER = 12;

    private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final byte[] name;
    private volatile InetAddress address;

    NameServer(String name, InetAddress address) throws IOException {
        this.name = encoded(name);
        this.address = address;
        Thread thread = new Thread(this::serve, "name-server");
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "dns://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + socket.getLocalPort();
    }

    void answers(InetAddress newAddress) {
        address = newAddress;
    }

    private static byte[] encoded(String name) {
        byte[] encoded = new byte[name.length() + 2];
        int at = 0;
        for (String label : name.split("\\.")) {
            encoded[at++] = (byte) label.length();
            for (char c : label.toCharArray()) {
                encoded[at++] = (byte) c;
            }
        }
        return encoded;
    }

    private void serve() {
        byte[] buffer = new byte[512];
        try {
            while (true) {
                DatagramPacket asked = new DatagramPacket(buffer, buffer.length);
                socket.receive(asked);
                byte[] answer = answer(Arrays.copyOf(buffer, asked.getLength()));
                socket.send(new DatagramPacket(answer, answer.length, asked.getSocketAddress()));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private byte[] answer(byte[] asked) {
        int end = HEADER;
        while (asked[end] != 0) {
            end += asked[end] + 1;
        }
        end++;
        boolean known = Arrays.equals(Arrays.copyOfRange(asked, HEADER, end), name);
        boolean kindA = asked[end + 1] == 1;
        int question = end + 4;
        byte[] answer = Arrays.copyOf(asked, question + (known && kindA ? 16 : 0));
        answer[2] = (byte) 0x84;
        // No such name, or no error.
        answer[3] = (byte) (known ? 0 : 3);
        answer[7] = (byte) (known && kindA ? 1 : 0);
        answer[8] = 0;
        answer[9] = 0;
        answer[10] = 0;
        answer[11] = 0;
        if (known && kindA) {
            byte[] record = {(byte) 0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4};
            System.arraycopy(record, 0, answer, question, record.length);
            System.arraycopy(address.getAddress(), 0, answer, question + record.length, 4);
        }
        return answer;
    }

    @Override
    public void close() {
        socket.close();
    }
}
