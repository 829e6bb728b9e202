package io.election.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.FencingToken;
import io.election.core.Bytes;
import io.election.core.Payload;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CommandCodecTests {

    private static final Command COMMAND = new Command(
            "orders/1",
            new CommandId(0x0102, 0x0304),
            0x0303,
            new FencingToken(0x0506),
            ByteBuffer.wrap("data".getBytes(UTF_8)).asReadOnlyBuffer());

    private static String hex(Payload.Application payload) {
        return HexFormat.of().formatHex(payload.data().toArray());
    }

    /** Logs hold these bytes, so they stay as they are. */
    @Test
    void writesCommandsAsTheFormatSays() {
        assertThat(hex(CommandCodec.encode(COMMAND)))
                .isEqualTo("01" + "01" + "0000000000000102" + "0000000000000304" + "0000000000000303"
                        + "0000000000000506" + "64617461");
        Command withoutToken = new Command("orders/1", COMMAND.id(), 1, null, ByteBuffer.allocate(0));
        assertThat(hex(CommandCodec.encode(withoutToken)))
                .isEqualTo("01" + "00" + "0000000000000102" + "0000000000000304" + "0000000000000001");
    }

    @Test
    void writesOpeningsAsTheFormatSays() {
        Payload.Application opening = CommandCodec.encode(new SessionOpening("ä", "life", 9));
        assertThat(opening.type()).isEqualTo("session/1");
        assertThat(hex(opening)).isEqualTo("01" + "0000000000000009" + "0002c3a4" + "00046c696665");
    }

    @Test
    void writesStoreCommandsAsTheFormatSays() {
        StoreCommand set = new StoreCommand("n", 7, ByteBuffer.wrap(new byte[] {5}));
        assertThat(HexFormat.of().formatHex(set.encode().array()))
                .isEqualTo("01" + "0000000000000007" + "0001" + "6e" + "05");
        StoreCommand remove = new StoreCommand("n", StoreCommand.ANY, null);
        assertThat(HexFormat.of().formatHex(remove.encode().array()))
                .isEqualTo("02" + "ffffffffffffffff" + "0001" + "6e");
    }

    @Test
    void readsWhatItWrites() {
        Payload.Application command = CommandCodec.encode(COMMAND);
        assertThat(CommandCodec.read("orders/1", command.data().buffer())).isEqualTo(COMMAND);
        assertThat(CommandCodec.isWellFormed(command)).isTrue();
        SessionOpening opening = new SessionOpening("a", "life", 9);
        assertThat(CommandCodec.readOpening(CommandCodec.encode(opening).data().buffer()))
                .isEqualTo(opening);
        assertThat(CommandCodec.isWellFormed(CommandCodec.encode(opening))).isTrue();
        StoreCommand set = new StoreCommand("n", 0, ByteBuffer.wrap(new byte[] {5}));
        assertThat(StoreCommand.read(set.encode())).isEqualTo(set);
    }

    @Test
    void refusesWhatIsNone() {
        byte[] whole = CommandCodec.encode(COMMAND).data().toArray();
        for (int length = 0; length < CommandCodec.MOST_OVERHEAD; length++) {
            Payload.Application cut = new Payload.Application("orders/1", Bytes.of(Arrays.copyOf(whole, length)));
            assertThat(CommandCodec.isWellFormed(cut)).as("cut to " + length).isFalse();
        }
        for (int at : new int[] {0, 1, 2, 10, 18, 26}) {
            byte[] negative = whole.clone();
            negative[at] = (byte) 0x80;
            assertThat(CommandCodec.read("orders/1", ByteBuffer.wrap(negative)))
                    .as("changed at " + at)
                    .isNull();
        }
        byte[] opening =
                CommandCodec.encode(new SessionOpening("a", "life", 9)).data().toArray();
        for (int length = 0; length < opening.length; length++) {
            assertThat(CommandCodec.readOpening(ByteBuffer.wrap(opening, 0, length)))
                    .as("cut to " + length)
                    .isNull();
        }
        assertThat(CommandCodec.readOpening(ByteBuffer.wrap(Arrays.copyOf(opening, opening.length + 1))))
                .isNull();
    }

    @Test
    void newerVersionsAreNotTakenForWellFormed() {
        byte[] newer = CommandCodec.encode(COMMAND).data().toArray();
        newer[0] = 2;
        assertThat(CommandCodec.isWellFormed(new Payload.Application("orders/1", Bytes.of(newer))))
                .isFalse();
        assertThat(CommandCodec.isNewer(ByteBuffer.wrap(newer))).isTrue();
        newer[0] = (byte) 0xff;
        assertThat(CommandCodec.isNewer(ByteBuffer.wrap(newer))).isTrue();
    }

    @Test
    void commandIsNoOpening() {
        assertThatThrownBy(() -> CommandCodec.encode(
                        new Command("session/1", COMMAND.id(), 1, null, ByteBuffer.allocate(0))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Command("orders/1", new CommandId(1, 3), 4, null, ByteBuffer.allocate(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lowestAwaited must be from 1 to the number 3, but is 4");
    }
}
