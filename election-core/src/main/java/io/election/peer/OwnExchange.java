package io.election.peer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request whose head was read by the election itself, so that what is in it need not be copied to be checked. */
interface OwnExchange extends PeerEndpoint.Exchange {

    /** The head, as it came. */
    HttpHead head();

    @Override
    default String method() {
        return head().method();
    }

    @Override
    default @Nullable String header(String name) {
        return head().header(name);
    }

    @Override
    default long contentLength() {
        try {
            return head().contentLength();
        } catch (IOException ex) {
            return -1;
        }
    }
}
