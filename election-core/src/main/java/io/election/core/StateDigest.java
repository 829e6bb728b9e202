package io.election.core;

/**
 * A digest of a replica's state just after an entry. Members with the same log have the same one.
 *
 * @param index the entry
 * @param value the digest
 */
public record StateDigest(long index, long value) {

    public StateDigest {
        Message.checkIndex("index", index);
    }
}
