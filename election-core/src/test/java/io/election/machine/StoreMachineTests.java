package io.election.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.FencingToken;
import io.election.LogEntry;
import io.election.StateMachine;
import io.election.Writers;
import io.election.core.Payload;
import io.election.machine.StoreLimits.Limit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoreMachineTests {

    private static final FencingToken TOKEN = Entries.token(1);

    private final List<String> changes = new ArrayList<>();
    private final StoreMachine store = new StoreMachine(new StoreChanges() {
        @Override
        public void changed(String name) {
            StoredBytes now = store().get(name);
            changes.add(name + " in " + (now == null ? 0 : now.version()));
        }

        @Override
        public void replaced() {
            changes.add("all");
        }
    });
    private long index = 10;

    private StoreMachine store() {
        return store;
    }

    private StoreResult write(StoreCommand command, @Nullable FencingToken token) {
        index++;
        return StoreResult.of(store.apply(new LogEntry(1, index, 1, StoreMachine.TYPE, command.encode(), token)));
    }

    private StoreResult set(String name, String value, @Nullable FencingToken token) {
        return compareAndSet(name, StoreCommand.ANY, value, token);
    }

    private StoreResult compareAndSet(String name, long expected, String value, @Nullable FencingToken token) {
        return write(new StoreCommand(name, expected, ByteBuffer.wrap(value.getBytes(UTF_8))), token);
    }

    private StoreResult remove(String name, long expected, @Nullable FencingToken token) {
        return write(new StoreCommand(name, expected, null), token);
    }

    private static StoreResult written(long version) {
        return new StoreResult(StoreResult.Kind.WRITTEN, version);
    }

    private static StoreResult conflict(long version) {
        return new StoreResult(StoreResult.Kind.CONFLICT, version);
    }

    private String value(String name) {
        StoredBytes value = store.get(name);
        return value == null ? "none" : new String(value.bytes(), UTF_8) + " in " + value.version();
    }

    @Test
    void versionIsTheIndexOfTheLastWrite() {
        assertThat(set("a", "x", TOKEN)).isEqualTo(written(11));
        assertThat(set("b", "y", TOKEN)).isEqualTo(written(12));
        assertThat(set("a", "z", TOKEN)).isEqualTo(written(13));

        assertThat(value("a")).isEqualTo("z in 13");
        assertThat(value("b")).isEqualTo("y in 12");
        assertThat(store.names()).containsExactly("a", "b");
    }

    @Test
    void writesOnlyOverTheExpectedVersion() {
        assertThat(compareAndSet("a", 5, "x", TOKEN)).isEqualTo(conflict(0));
        assertThat(compareAndSet("a", 0, "x", TOKEN)).isEqualTo(written(12));
        assertThat(compareAndSet("a", 0, "y", TOKEN)).isEqualTo(conflict(12));
        assertThat(compareAndSet("a", 12, "y", TOKEN)).isEqualTo(written(14));
        assertThat(compareAndSet("a", 12, "z", TOKEN)).isEqualTo(conflict(14));
        assertThat(value("a")).isEqualTo("y in 14");
    }

    @Test
    void removes() {
        set("a", "x", TOKEN);
        assertThat(remove("a", 10, TOKEN)).isEqualTo(conflict(11));
        assertThat(remove("a", 11, TOKEN)).isEqualTo(written(0));
        assertThat(remove("a", StoreCommand.ANY, TOKEN)).isEqualTo(written(0));

        assertThat(value("a")).isEqualTo("none");
        assertThat(store.names()).isEmpty();
        assertThat(store.size()).isZero();
        assertThat(compareAndSet("a", 0, "y", TOKEN)).isEqualTo(written(15));
    }

    @Test
    void valueOfTheLeaderTakesNoWriteWithoutAToken() {
        set("a", "x", TOKEN);
        StoreResult refused = new StoreResult(StoreResult.Kind.NEEDS_TOKEN, 11);

        assertThat(set("a", "y", null)).isEqualTo(refused);
        assertThat(compareAndSet("a", 11, "y", null)).isEqualTo(refused);
        assertThat(remove("a", StoreCommand.ANY, null)).isEqualTo(refused);
        assertThat(value("a")).isEqualTo("x in 11");
    }

    @Test
    void valueOfAnyMemberBecomesTheLeadersByAWriteWithAToken() {
        set("a", "x", null);
        assertThat(set("a", "y", null)).isEqualTo(written(12));
        StoredBytes anybodys = store.get("a");
        assertThat(anybodys).isNotNull();
        assertThat(anybodys.writers()).isEqualTo(Writers.ANY_MEMBER);

        assertThat(set("a", "z", TOKEN)).isEqualTo(written(13));
        assertThat(set("a", "y", null).kind()).isEqualTo(StoreResult.Kind.NEEDS_TOKEN);
        remove("a", StoreCommand.ANY, TOKEN);
        assertThat(set("a", "y", null)).isEqualTo(written(16));
    }

    @Test
    void tellsEachChangeOnceItCanBeRead() {
        set("a", "x", TOKEN);
        compareAndSet("a", 7, "y", TOKEN);
        remove("a", StoreCommand.ANY, TOKEN);
        remove("a", StoreCommand.ANY, TOKEN);
        store.reset();

        assertThat(changes).containsExactly("a in 11", "a in 0", "all");
    }

    @Test
    void whatIsNoWriteIsAnsweredSo() {
        for (byte[] bytes : List.of(new byte[0], new byte[30], new byte[] {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 97})) {
            byte[] result = store.apply(new LogEntry(1, 11, 1, StoreMachine.TYPE, ByteBuffer.wrap(bytes), null));
            assertThat(StoreResult.of(result)).isEqualTo(new StoreResult(StoreResult.Kind.MALFORMED, 0));
        }
        assertThat(store.names()).isEmpty();
    }

    @Test
    void digestIsOfTheContentAndNotOfHowItCameToBe() throws IOException {
        set("a", "x", TOKEN);
        set("b", "y", null);
        long digest = store.digest().orElseThrow();
        StoreMachine restored = restored(image(store.capture()));
        assertThat(restored.digest()).hasValue(digest);
        assertThat(restored.size()).isEqualTo(store.size());

        set("b", "z", null);
        assertThat(store.digest().orElseThrow()).isNotEqualTo(digest);
        remove("a", StoreCommand.ANY, TOKEN);
        remove("b", StoreCommand.ANY, null);
        assertThat(store.digest()).hasValue(0);
    }

    private static byte[] image(StateMachine.Image image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        image.writeTo(out);
        return out.toByteArray();
    }

    private static StoreMachine restored(byte[] image) throws IOException {
        StoreMachine other = new StoreMachine(StoreChanges.NONE);
        other.restore(new ByteArrayInputStream(image));
        return other;
    }

    @Test
    void imageIsOfTheInstantOfItsCapture() throws IOException {
        set("a", "x", TOKEN);
        set("b", "y", null);
        StateMachine.Image captured = store.capture();
        set("a", "later", TOKEN);
        remove("b", StoreCommand.ANY, null);

        StoreMachine other = restored(image(captured));
        assertThat(other.names()).containsExactly("a", "b");
        StoredBytes a = other.get("a");
        StoredBytes b = other.get("b");
        assertThat(a).isNotNull();
        assertThat(b).isNotNull();
        assertThat(a.bytes()).asString().isEqualTo("x");
        assertThat(a.version()).isEqualTo(11);
        assertThat(a.writers()).isEqualTo(Writers.LEADER);
        assertThat(b.writers()).isEqualTo(Writers.ANY_MEMBER);
    }

    /** In the order of the names, not in that of a hash table, where these two are in one place. */
    @Test
    void imageOfARestoredStoreIsTheSame() throws IOException {
        assertThat("BB").hasSameHashCodeAs("Aa");
        set("BB", "x", TOKEN);
        set("Aa", "y", TOKEN);
        byte[] image = image(store.capture());

        assertThat(image(restored(image).capture())).isEqualTo(image);
    }

    @Test
    void failedRestoreLeavesTheStoreAsItIs() throws IOException {
        set("a", "x", TOKEN);
        set("b", "y", null);
        byte[] image = image(store.capture());
        for (int length = 0; length < image.length; length++) {
            byte[] cut = Arrays.copyOf(image, length);
            assertThatThrownBy(() -> store.restore(new ByteArrayInputStream(cut)))
                    .as("cut to " + length)
                    .isInstanceOf(DamagedImageException.class);
        }
        byte[] longer = Arrays.copyOf(image, image.length + 1);
        assertThatThrownBy(() -> store.restore(new ByteArrayInputStream(longer)))
                .isInstanceOf(DamagedImageException.class);
        byte[] newer = image.clone();
        newer[0] = 2;
        assertThatThrownBy(() -> store.restore(new ByteArrayInputStream(newer)))
                .isInstanceOf(UnsupportedImageException.class)
                .hasMessageContaining("has version 2, and this member reads version 1");
        assertThat(value("a")).isEqualTo("x in 11");
    }

    // ------------------------------------------------------------------------------------------------ limits

    private static Payload.Application payload(String name, @Nullable String value) {
        StoreCommand write =
                new StoreCommand(name, StoreCommand.ANY, value == null ? null : ByteBuffer.wrap(value.getBytes(UTF_8)));
        return CommandCodec.encode(new Command(StoreMachine.TYPE, new CommandId(2, 1), 1, TOKEN, write.encode()));
    }

    private @Nullable Limit exceeded(StoreLimits limits, String name, @Nullable String value, long underWay) {
        StoreLimits.Excess excess = limits.check(payload(name, value), store, underWay);
        return excess == null ? null : excess.limit();
    }

    @Test
    void limitsNamesAndValues() {
        StoreLimits limits = new StoreLimits(3, 4, 10_000);

        assertThat(exceeded(limits, "abc", "1234", 0)).isNull();
        assertThat(exceeded(limits, "abcd", "1234", 0)).isEqualTo(Limit.NAME);
        assertThat(exceeded(limits, "abc", "12345", 0)).isEqualTo(Limit.VALUE);
        assertThat(exceeded(limits, "abcd", null, 0)).isNull();
        assertThat(limits.check(payload("abc", "12345"), store, 0))
                .isEqualTo(new StoreLimits.Excess(Limit.VALUE, "The value 'abc' has 5 bytes, and 4 are allowed."));
    }

    @Test
    void limitsTheWholeButNotWhatMakesItSmaller() {
        StoreLimits limits = new StoreLimits(3, 4, 2 * (StoredBytes.OVERHEAD + 3));
        set("a", "12", TOKEN);

        assertThat(exceeded(limits, "b", "12", 0)).isNull();
        assertThat(exceeded(limits, "b", "123", 0)).isEqualTo(Limit.STORE);
        assertThat(exceeded(limits, "b", "12", 1)).isEqualTo(Limit.STORE);
        set("b", "1234", TOKEN);
        assertThat(exceeded(limits, "b", "1234", 1_000)).isNull();
        assertThat(exceeded(limits, "b", "1", 1_000)).isNull();
        assertThat(exceeded(limits, "b", null, 1_000)).isNull();
        assertThat(exceeded(limits, "a", "123", 0)).isEqualTo(Limit.STORE);
    }

    @Test
    void limitsTheNumberOfValuesButNotWritesToThoseThatAreThere() {
        StoreLimits limits = new StoreLimits(3, 4, 10_000, 2);
        set("a", "1", TOKEN);
        assertThat(exceeded(limits, "b", "1", 0)).isNull();
        set("b", "1", TOKEN);

        assertThat(limits.check(payload("c", "1"), store, 0))
                .isEqualTo(new StoreLimits.Excess(
                        Limit.STORE, "The store has 2 values, and 2 are allowed: there is no room for 'c'."));
        assertThat(exceeded(limits, "b", "1234", 0)).isNull();
        assertThat(exceeded(limits, "b", null, 0)).isNull();
        assertThatThrownBy(() -> new StoreLimits(3, 4, 10_000, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Members that judge by other settings still apply alike. */
    @Test
    void appliesWhatExceedsTheLimits() {
        assertThat(set("a".repeat(StoreCommand.LONGEST_NAME), "x".repeat(100_000), TOKEN))
                .isEqualTo(written(11));
    }

    @Test
    void largestValueFitsIntoAnEntry() {
        String name = "€".repeat(StoreCommand.LONGEST_NAME / 3);
        Payload.Application largest = payload(name, "x".repeat(StoreLimits.LARGEST_VALUE));

        assertThat(largest.weight()).isLessThanOrEqualTo(Payload.LARGEST);
        assertThat(new StoreLimits(341, StoreLimits.LARGEST_VALUE, Long.MAX_VALUE).check(largest, store, 0))
                .isNull();
        assertThatThrownBy(() -> new StoreLimits(342, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new StoreLimits(1, StoreLimits.LARGEST_VALUE + 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void judgesOnlyWritesToTheStore() {
        StoreLimits limits = new StoreLimits(1, 1, 1);
        assertThat(limits.check(CommandCodec.encode(new SessionOpening("member", "life", 0)), store, 0))
                .isNull();
    }
}
