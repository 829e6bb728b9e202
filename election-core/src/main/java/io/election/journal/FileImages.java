package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Images in files beside the journal, one each. {@link ImageFormat} says what is in them. An image is written under another
 * name, synced, and then renamed, and the name is synced before it is told. So a file that has its name is complete.
 */
final class FileImages implements StateImages {

    /** How much is written, or read to verify it, at a time. */
    private static final int PIECE_BYTES = 64 << 10;

    private final JournalFiles files;
    private final JournalDirectory directory;
    private final String cluster;

    /** How many readers each image has. */
    private final Map<LogPosition, Integer> readers = new HashMap<>();

    /** Images that go once nobody reads them. */
    private final Set<LogPosition> dropped = new HashSet<>();

    FileImages(JournalFiles files, JournalDirectory directory, String cluster) {
        this.files = files;
        this.directory = directory;
        this.cluster = cluster;
    }

    // ------------------------------------------------------------------------------------------------ at the start

    /**
     * Refuses a snapshot whose image is not there. Of its bytes only the header and the length are looked at.
     *
     * @throws DamagedJournalException if it is not there, or is another one
     */
    void check(Snapshot snapshot) throws IOException {
        StateImage image = snapshot.image();
        if (image == null) {
            return;
        }
        Path file = directory.image(snapshot.last());
        try (JournalFiles.Source source = files.open(file)) {
            if (source == null) {
                throw DamagedJournalException.ofImage(file, "it is missing, although the journal names it");
            }
            ImageFormat.Header header = ImageFormat.read(file, source);
            if (!header.isOf(cluster, snapshot.last(), image)) {
                throw DamagedJournalException.ofImage(file, "it is another image than the journal names");
            }
            if (source.size() != header.end() + image.length()) {
                throw DamagedJournalException.ofImage(
                        file,
                        "it has " + (source.size() - header.end()) + " bytes of the state, but there were "
                                + image.length());
            }
        }
    }

    /** Removes what was not finished, and images that the snapshot does not name. */
    void tidy(Snapshot snapshot) throws IOException {
        files.deleteIfExists(directory.freshImage());
        ImageFormat.Header part = headerOf(directory.imagePart());
        if (part == null || part.last().index() <= snapshot.last().index()) {
            files.deleteIfExists(directory.imagePart());
        }
        for (LogPosition last : directory.images()) {
            if (snapshot.image() == null || !snapshot.last().equals(last)) {
                files.deleteIfExists(directory.image(last));
            }
        }
    }

    /**
     * Refuses a snapshot whose image was not finished: the entries that it replaces would be lost.
     *
     * @throws IllegalArgumentException if it is not there
     */
    void checkFinished(DurableRecord record) {
        if (record instanceof DurableRecord.SnapshotReplaced replaced
                && replaced.snapshot().image() != null
                && !files.isFile(directory.image(replaced.snapshot().last()))) {
            throw new IllegalArgumentException(
                    directory.image(replaced.snapshot().last()) + " is not there, but a snapshot names it");
        }
    }

    /** The header of a file, or {@code null} if there is no file, or none that can be read. */
    private ImageFormat.@Nullable Header headerOf(Path file) throws IOException {
        try (JournalFiles.Source source = files.open(file)) {
            return source == null ? null : ImageFormat.read(file, source);
        } catch (DamagedJournalException unreadable) {
            return null;
        }
    }

    // ------------------------------------------------------------------------------------------------ writing

    @Override
    public Writing write(LogPosition last) throws IOException {
        Path fresh = directory.freshImage();
        files.deleteIfExists(fresh);
        ImageFile file = new ImageFile(fresh, files.create(fresh));
        MessageDigest digest = ImageFormat.sha256();
        // Length and checksum are known only at the end, and take as much room then.
        ImageFormat.Header header = ImageFormat.unfinished(cluster, last);
        file.write(header.encode());
        return new Writing() {
            private final Pieces pieces = new Pieces(digest, file);

            @Override
            public OutputStream out() {
                return pieces;
            }

            @Override
            public StateImage finish(List<String> types) throws IOException {
                pieces.flush();
                StateImage image =
                        new StateImage(pieces.length, HexFormat.of().formatHex(digest.digest()), types);
                file.finish(header.of(image), last);
                return image;
            }

            @Override
            public void close() throws IOException {
                file.close(false);
            }
        };
    }

    /** Gathers small writes. */
    private static final class Pieces extends OutputStream {

        private final MessageDigest digest;
        private final ImageFile file;
        private final byte[] piece = new byte[PIECE_BYTES];
        private int gathered;
        private long length;

        Pieces(MessageDigest digest, ImageFile file) {
            this.digest = digest;
            this.file = file;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            Objects.checkFromIndexSize(offset, count, bytes.length);
            int taken = 0;
            while (taken < count) {
                int fits = Math.min(count - taken, piece.length - gathered);
                System.arraycopy(bytes, offset + taken, piece, gathered, fits);
                taken += fits;
                gathered += fits;
                if (gathered == piece.length) {
                    flush();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            digest.update(piece, 0, gathered);
            file.write(ByteBuffer.wrap(piece, 0, gathered));
            length += gathered;
            gathered = 0;
        }
    }

    /** A file that is no image yet. A write that fails removes it, so that a full disk has its room again. */
    private final class ImageFile {

        private final Path path;
        private final JournalFiles.Appender appender;
        private boolean ended;

        ImageFile(Path path, JournalFiles.Appender appender) {
            this.path = path;
            this.appender = appender;
        }

        void write(byte[] bytes) throws IOException {
            write(ByteBuffer.wrap(bytes));
        }

        void write(ByteBuffer bytes) throws IOException {
            if (ended) {
                throw new IOException(path + " is closed");
            }
            try {
                while (bytes.hasRemaining()) {
                    if (appender.write(bytes) <= 0) {
                        throw new IOException("the disk accepted no more of " + path);
                    }
                }
            } catch (IOException e) {
                throw removed(e);
            }
        }

        private IOException removed(IOException because) {
            try {
                close(false);
            } catch (IOException e) {
                because.addSuppressed(e);
            }
            return because;
        }

        /** Makes it an image. */
        void finish(ImageFormat.@Nullable Header header, LogPosition last) throws IOException {
            if (ended) {
                throw new IOException(path + " is closed");
            }
            try {
                if (header != null) {
                    files.overwrite(path, header.encode());
                }
                appender.force();
                appender.close();
                appears(path, last);
                directory.force();
                ended = true;
            } catch (IOException e) {
                throw removed(e);
            }
        }

        void close(boolean keep) throws IOException {
            if (!ended) {
                ended = true;
                try {
                    appender.close();
                } finally {
                    if (!keep) {
                        files.deleteIfExists(path);
                    }
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ receiving

    @Override
    public Receiving receive(LogPosition last, StateImage image, String sender) throws IOException {
        Path part = directory.imagePart();
        ImageFormat.Header header = ImageFormat.received(cluster, last, image, sender);
        long received = received(part, header, image);
        ImageFile file;
        if (received < 0) {
            files.deleteIfExists(part);
            file = new ImageFile(part, files.create(part));
            file.write(header.encode());
        } else {
            file = new ImageFile(part, files.append(part));
        }
        return new Receiving() {
            private long position = Math.max(0, received);

            @Override
            public long position() {
                return position;
            }

            @Override
            public void write(byte[] piece) throws IOException {
                if (piece.length > image.length() - position) {
                    throw new IOException("a piece of " + piece.length + " bytes is longer than the "
                            + (image.length() - position) + " that are missing of " + part);
                }
                file.write(piece);
                position += piece.length;
            }

            @Override
            public boolean finish() throws IOException {
                if (position < image.length()) {
                    throw new IOException(part + " is not complete: " + position + " of " + image.length() + " bytes");
                }
                boolean right = isRight(part, image);
                if (right) {
                    file.finish(null, last);
                } else {
                    file.close(false);
                }
                return right;
            }

            @Override
            public void close() throws IOException {
                file.close(true);
            }
        };
    }

    /** How much of an image was received already, or -1 if what is there is of another one, or of another sender. */
    private long received(Path part, ImageFormat.Header header, StateImage image) throws IOException {
        try (JournalFiles.Source source = files.open(part)) {
            if (source == null || !ImageFormat.read(part, source).equals(header)) {
                return -1;
            }
            long received = source.size() - header.end();
            return received <= image.length() ? received : -1;
        } catch (DamagedJournalException torn) {
            return -1;
        }
    }

    private boolean isRight(Path file, StateImage image) throws IOException {
        try (JournalFiles.Source source = files.open(file)) {
            return source != null && verified(source, ImageFormat.read(file, source).end(), image);
        }
    }

    private static boolean verified(JournalFiles.Source source, long from, StateImage image) throws IOException {
        if (source.size() != from + image.length()) {
            return false;
        }
        MessageDigest digest = ImageFormat.sha256();
        long position = from;
        while (position < source.size()) {
            byte[] piece = ImageFormat.read(source, position, PIECE_BYTES);
            digest.update(piece);
            position += piece.length;
        }
        return HexFormat.of().formatHex(digest.digest()).equals(image.sha256());
    }

    // ------------------------------------------------------------------------------------------------ reading

    @Override
    public synchronized @Nullable Reading open(LogPosition last, StateImage image) throws IOException {
        Path file = directory.image(last);
        JournalFiles.Source source = dropped.contains(last) ? null : files.open(file);
        if (source == null) {
            return null;
        }
        ImageFormat.Header header;
        try {
            header = ImageFormat.read(file, source);
        } catch (IOException e) {
            source.close();
            throw e;
        }
        if (!header.isOf(cluster, last, image)) {
            source.close();
            return null;
        }
        readers.merge(last, 1, Integer::sum);
        return new Reading() {
            private boolean closed;

            @Override
            public void verify() throws IOException {
                if (!verified(source, header.end(), image)) {
                    throw DamagedJournalException.ofImage(file, "its bytes have another checksum than they had");
                }
            }

            @Override
            public byte[] read(long offset, int length) throws IOException {
                long left = image.length() - offset;
                if (offset < 0 || left < 0) {
                    throw new IOException("byte " + offset + " is not in an image of " + image.length());
                }
                return ImageFormat.read(source, header.end() + offset, (int) Math.min(length, left));
            }

            @Override
            public void close() throws IOException {
                if (!closed) {
                    closed = true;
                    source.close();
                    closed(last);
                }
            }
        };
    }

    private synchronized void appears(Path path, LogPosition last) throws IOException {
        files.rename(path, directory.image(last));
        // Whoever reads the one before goes on with that.
        dropped.remove(last);
    }

    private synchronized void closed(LogPosition last) throws IOException {
        if (readers.merge(last, -1, Integer::sum) <= 0) {
            readers.remove(last);
            if (dropped.remove(last)) {
                files.deleteIfExists(directory.image(last));
            }
        }
    }

    @Override
    public synchronized void retain(Set<LogPosition> keep) throws IOException {
        dropped.removeAll(keep);
        long latest = keep.stream().mapToLong(LogPosition::index).max().orElse(0);
        for (LogPosition last : directory.images()) {
            if (keep.contains(last) || last.index() > latest) {
                continue;
            }
            if (readers.containsKey(last)) {
                dropped.add(last);
            } else {
                files.deleteIfExists(directory.image(last));
            }
        }
    }
}
