package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.FencingToken;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.Test;

/** The fence for a store that is not here, as docs/fencing.md has it. */
class FencedDocumentTests extends FenceContract {

    /** What is stored for a resource: the text, and the token that it was written with. */
    record Document(long token, String text) {}

    /** Stands for an object store with conditional writes. */
    static class Store {

        private static final Document NOTHING = new Document(0, "");

        private final ConcurrentMap<String, Document> documents = new ConcurrentHashMap<>();

        Document read(String name) {
            return documents.getOrDefault(name, NOTHING);
        }

        /** Writes only if nobody has written since {@code seen} was read. */
        boolean replace(String name, Document seen, Document written) {
            return documents.compute(name, (key, now) -> (now == null ? NOTHING : now) == seen ? written : now)
                    == written;
        }
    }

    private final Store store = new Store();

    void write(String resource, FencingToken token, String text) {
        while (true) {
            Document seen = store.read(resource);
            if (seen.token() > token.value()) {
                throw new StaleFencingTokenException(resource, token, new FencingToken(seen.token()));
            }
            if (store.replace(resource, seen, new Document(token.value(), text))) {
                return;
            }
        }
    }

    @Override
    void guard(String resource, FencingToken token) {
        ResourceName.check(resource);
        write(resource, token, "");
    }

    @Test
    void aStaleWriteLeavesTheTextAlone() {
        write("report", new FencingToken(10), "new");
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> write("report", new FencingToken(9), "late"));
        assertThat(store.read("report").text()).isEqualTo("new");
    }
}
