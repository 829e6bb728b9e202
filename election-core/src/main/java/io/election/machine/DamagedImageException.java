package io.election.machine;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bytes are no image of a replica's state: they were changed, cut, or never were one. */
public final class DamagedImageException extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedImageException(String what) {
        this(what, null);
    }

    DamagedImageException(String what, @Nullable Throwable cause) {
        super("The image is damaged: " + what, cause);
    }
}
