package io.election;

/**
 * A stored value cannot be read as the type that was asked for, for example after an upgrade that changed the type. The stored bytes are
 * unchanged, and {@code store.value(name, byte[].class)} reads them as they are. The value can be read by a codec that knows the
 * earlier form, and be replaced or removed.
 */
public final class ValueNotReadableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final long version;

    /**
     * Creates the exception for one version of a value.
     *
     * @param name the name of the value
     * @param version the version that was read
     * @param type the type that was asked for
     * @param cause why it is not readable
     */
    public ValueNotReadableException(String name, long version, String type, Throwable cause) {
        super(
                "The value '" + name + "' in version " + version + " cannot be read as " + type + ": "
                        + cause.getMessage() + ". The stored bytes are unchanged.",
                cause);
        this.name = name;
        this.version = version;
    }

    /**
     * The name of the value.
     *
     * @return its name in the store
     */
    public String getName() {
        return name;
    }

    /**
     * The version that cannot be read.
     *
     * @return the index of the entry that wrote it
     */
    public long getVersion() {
        return version;
    }
}
