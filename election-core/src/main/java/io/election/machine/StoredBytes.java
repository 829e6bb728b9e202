package io.election.machine;

import io.election.Writers;

/** A value of the store, which does not change. */
public final class StoredBytes {

    /** What a value takes besides its name and its bytes, about. */
    static final int OVERHEAD = 128;

    private final String name;
    private final byte[] content;
    private final long version;
    private final Writers writers;
    private final long digest;

    StoredBytes(String name, byte[] content, long version, Writers writers) {
        this.name = name;
        this.content = content;
        this.version = version;
        this.writers = writers;
        digest = Digest.of(Digest.of(name), version, writers == Writers.LEADER ? 1 : 2, Digest.of(content));
    }

    /**
     * The name of the value.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Copies the bytes.
     *
     * @return a new array
     */
    public byte[] bytes() {
        return content.clone();
    }

    /**
     * The version of the value.
     *
     * @return the index of the entry that wrote it
     */
    public long version() {
        return version;
    }

    /**
     * Who writes the value.
     *
     * @return {@link Writers#LEADER} if it was last written with a token
     */
    public Writers writers() {
        return writers;
    }

    byte[] content() {
        return content;
    }

    long digest() {
        return digest;
    }

    long weight() {
        return weight(name, content.length);
    }

    static long weight(String name, int length) {
        return OVERHEAD + name.length() + length;
    }
}
