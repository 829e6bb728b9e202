package io.election.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** Both ends of a connection within one thread: whoever reads an answer has it made first. */
final class RehearsalConnection {

    private final HttpConnection client;

    /** Answers one request. */
    interface Server {

        /** Reads a request from a connection, and sends the answer. */
        void answer(HttpConnection connection) throws IOException;
    }

    RehearsalConnection(Server server) throws IOException {
        Bytes requests = new Bytes();
        Bytes answers = new Bytes();
        HttpConnection serving = HttpConnection.accept(new End(requests, answers), null, false, Long.MAX_VALUE);
        answers.whenEmpty = () -> server.answer(serving);
        client = HttpConnection.accept(new End(answers, requests), null, false, Long.MAX_VALUE);
    }

    /** The end of the member that asks. */
    HttpConnection client() {
        return client;
    }

    /** Something that brings more bytes. */
    private interface Source {

        void fill() throws IOException;
    }

    /** What one end has written and the other has not read. */
    private static final class Bytes extends InputStream {

        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private Source whenEmpty = () -> {};
        private byte[] bytes = new byte[0];
        private int from;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int at, int most) throws IOException {
            if (from == bytes.length) {
                if (written.size() == 0) {
                    whenEmpty.fill();
                }
                bytes = written.toByteArray();
                from = 0;
                written.reset();
            }
            int read = Math.min(most, bytes.length - from);
            System.arraycopy(bytes, from, into, at, read);
            from += read;
            return read == 0 ? -1 : read;
        }
    }

    /** A socket that no operating system knows. */
    private static final class End extends Socket {

        private final Bytes in;
        private final Bytes out;

        End(Bytes in, Bytes out) {
            this.in = in;
            this.out = out;
        }

        @Override
        public InputStream getInputStream() {
            return in;
        }

        @Override
        public OutputStream getOutputStream() {
            return out.written;
        }

        @Override
        public void setTcpNoDelay(boolean on) {}

        @Override
        public void setSoTimeout(int millis) {}

        @Override
        public synchronized void close() {}
    }
}
