package io.election.machine;

import io.election.FencingToken;
import io.election.LogEntry;
import io.election.StateMachine;
import io.election.Writers;
import io.election.core.Payload;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The replicated store as a state machine: named values, each with the index of the entry that wrote it as its version. It does not know
 * what the bytes of a value mean. It judges no limits ({@link StoreLimits}).
 *
 * <p>A write with a token makes a value one of the leader's. From then on, until it is removed, a write without a token is refused.
 *
 * <p>One thread applies. Any thread may read.
 */
public final class StoreMachine implements StateMachine {

    /** The type of the entries that write to the store. */
    public static final String TYPE = "store/1";

    private static final int IMAGE_VERSION = 1;
    private static final int LEADER = 1;
    private static final int ANY_MEMBER = 2;

    private final StoreChanges changes;

    private volatile Map<String, StoredBytes> values = new ConcurrentHashMap<>();
    private volatile long size;
    private long digest;

    /**
     * An empty store.
     *
     * @param changes is told of every change
     */
    public StoreMachine(StoreChanges changes) {
        this.changes = changes;
    }

    @Override
    public Set<String> types() {
        return Set.of(TYPE);
    }

    // ------------------------------------------------------------------------------------------------ reading

    /**
     * Looks a value up.
     *
     * @param name its name
     * @return the value, or {@code null} if there is none
     */
    public @Nullable StoredBytes get(String name) {
        return values.get(name);
    }

    /**
     * The names of all values.
     *
     * @return the names, sorted
     */
    public Set<String> names() {
        return new TreeSet<>(values.keySet());
    }

    /**
     * How much the store holds: its values with their names, and {@value StoredBytes#OVERHEAD} bytes for each.
     *
     * @return the size, in bytes
     */
    public long size() {
        return size;
    }

    /**
     * How many values there are.
     *
     * @return the number of values
     */
    public int count() {
        return values.size();
    }

    // ------------------------------------------------------------------------------------------------ applying

    @Override
    public byte[] apply(LogEntry entry) {
        StoreCommand write = StoreCommand.read(entry.data());
        return (write == null
                        ? new StoreResult(StoreResult.Kind.MALFORMED, 0)
                        : write(write, entry.index(), entry.token()))
                .encode();
    }

    private StoreResult write(StoreCommand write, long index, @Nullable FencingToken token) {
        StoredBytes before = values.get(write.name());
        long version = before == null ? 0 : before.version();
        if (before != null && before.writers() == Writers.LEADER && token == null) {
            return new StoreResult(StoreResult.Kind.NEEDS_TOKEN, version);
        }
        if (write.expectedVersion() != StoreCommand.ANY && write.expectedVersion() != version) {
            return new StoreResult(StoreResult.Kind.CONFLICT, version);
        }
        ByteBuffer value = write.value();
        StoredBytes after = null;
        if (value != null) {
            byte[] content = new byte[value.remaining()];
            value.get(content);
            after = new StoredBytes(write.name(), content, index, token == null ? Writers.ANY_MEMBER : Writers.LEADER);
        }
        if (before != null || after != null) {
            replace(write.name(), before, after);
        }
        return new StoreResult(StoreResult.Kind.WRITTEN, after == null ? 0 : index);
    }

    private void replace(String name, @Nullable StoredBytes before, @Nullable StoredBytes after) {
        long newSize = size;
        if (before != null) {
            digest -= before.digest();
            newSize -= before.weight();
        }
        if (after == null) {
            values.remove(name);
        } else {
            values.put(name, after);
            digest += after.digest();
            newSize += after.weight();
        }
        size = newSize;
        changes.changed(name);
    }

    @Override
    public OptionalLong digest() {
        return OptionalLong.of(digest);
    }

    // ------------------------------------------------------------------------------------------------ images

    /** Takes references to the values. They are sorted, so that members write the same bytes, by the thread that writes. */
    @Override
    public Image capture() {
        StoredBytes[] all = values.values().toArray(new StoredBytes[0]);
        return out -> write(all, out);
    }

    private static void write(StoredBytes[] all, OutputStream out) throws IOException {
        Arrays.sort(all, Comparator.comparing(StoredBytes::name));
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte(IMAGE_VERSION);
        data.writeInt(all.length);
        for (StoredBytes each : all) {
            data.writeUTF(each.name());
            data.writeLong(each.version());
            data.writeByte(each.writers() == Writers.LEADER ? LEADER : ANY_MEMBER);
            data.writeInt(each.content().length);
            data.write(each.content());
        }
    }

    @Override
    public void restore(InputStream image) throws IOException {
        Map<String, StoredBytes> restored = new ConcurrentHashMap<>();
        long newSize = 0;
        long newDigest = 0;
        try {
            DataInputStream in = new DataInputStream(image);
            int version = in.readUnsignedByte();
            if (version != IMAGE_VERSION) {
                throw new UnsupportedImageException(
                        "the store in it has version " + version + ", and this member reads version " + IMAGE_VERSION);
            }
            int count = in.readInt();
            String before = "";
            for (int i = 0; i < count; i++) {
                StoredBytes value = readValue(in, before);
                before = value.name();
                restored.put(value.name(), value);
                newSize += value.weight();
                newDigest += value.digest();
            }
            if (count < 0 || in.read() >= 0) {
                throw new DamagedImageException("the store in it has another size than it says");
            }
        } catch (EOFException | UTFDataFormatException cut) {
            throw new DamagedImageException("the store in it is cut", cut);
        }
        values = restored;
        size = newSize;
        digest = newDigest;
        changes.replaced();
    }

    private static StoredBytes readValue(DataInputStream in, String before) throws IOException {
        String name = in.readUTF();
        long version = in.readLong();
        int writers = in.readUnsignedByte();
        int length = in.readInt();
        if (name.compareTo(before) <= 0
                || version < 1
                || (writers != LEADER && writers != ANY_MEMBER)
                || length < 0
                || length > Payload.LARGEST) {
            throw new DamagedImageException("it has a value that the store cannot hold");
        }
        byte[] content = new byte[length];
        in.readFully(content);
        return new StoredBytes(name, content, version, writers == LEADER ? Writers.LEADER : Writers.ANY_MEMBER);
    }

    @Override
    public void reset() {
        values = new ConcurrentHashMap<>();
        size = 0;
        digest = 0;
        changes.replaced();
    }
}
