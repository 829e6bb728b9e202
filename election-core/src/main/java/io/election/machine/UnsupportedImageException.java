package io.election.machine;

import java.io.IOException;

/** An image of a replica's state is in a format, or of entries, that this version does not read. A newer version reads it. */
public final class UnsupportedImageException extends IOException {

    private static final long serialVersionUID = 1L;

    UnsupportedImageException(String what) {
        super("The image is not supported: " + what);
    }
}
