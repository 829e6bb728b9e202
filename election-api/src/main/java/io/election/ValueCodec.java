package io.election;

/**
 * Turns the values of one type into bytes and back. Thread-safe. Used by the threads that write and read values, never when entries are
 * applied.
 *
 * @param <T> the type
 */
public interface ValueCodec<T> {

    /**
     * Encodes a value.
     *
     * @param value the value
     * @return its bytes, not changed afterwards
     * @throws Exception if the value cannot be encoded; then nothing is written
     */
    byte[] encode(T value) throws Exception;

    /**
     * Decodes a value. It should read what earlier versions of the application wrote.
     *
     * @param bytes what some member wrote, now or before an upgrade
     * @return the value
     * @throws Exception if the bytes are none of a value of this type; the reader gets a {@link ValueNotReadableException}
     */
    T decode(byte[] bytes) throws Exception;
}
