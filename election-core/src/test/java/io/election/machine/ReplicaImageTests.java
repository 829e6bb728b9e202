package io.election.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.core.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReplicaImageTests {

    private final Entries log = new Entries();
    private final ReplicaMember member = new ReplicaMember();

    private byte[] image() {
        log.session("a", "life", 0);
        log.opening();
        log.command(Ledger.TYPE, 2, 1, 1, Entries.token(2), ByteBuffer.wrap("x".getBytes(UTF_8)));
        log.command(Ledger.TYPE, 2, 2, 1, Entries.token(1), ByteBuffer.wrap("y".getBytes(UTF_8)));
        member.apply(log);
        return ReplicaMember.image(member.replica);
    }

    @Test
    void goesOnWithSessionsTokenAndMachine() throws IOException {
        byte[] image = image();
        ReplicaMember restored = new ReplicaMember();
        restored.restore(image);

        assertThat(restored.replica.last()).isEqualTo(new LogPosition(2, 5));
        assertThat(restored.ledger.lines).containsExactly("x");
        log.command(Ledger.TYPE, 2, 1, 1, Entries.token(2), ByteBuffer.wrap("x".getBytes(UTF_8)));
        assertThat(restored.outcome(log)).isInstanceOfSatisfying(Outcome.Done.class, done -> assertThat(done.at())
                .isEqualTo(new LogPosition(2, 4)));
        log.command(Ledger.TYPE, 2, 3, 1, Entries.token(2), ByteBuffer.wrap("z".getBytes(UTF_8)));
        assertThat(restored.outcome(log)).isInstanceOf(Outcome.Done.class);
        log.session("d", "life", 0);
        assertThat(((Applied.SessionAnswer) restored.apply(log)).isOpen()).isFalse();
    }

    @Test
    void saysWhatItStandsFor() {
        image();
        try (ReplicaImage captured = member.replica.capture()) {
            assertThat(captured.last()).isEqualTo(new LogPosition(2, 5));
            assertThat(captured.types()).containsExactly(Ledger.TYPE, CommandCodec.SESSION_TYPE);
        }
    }

    @Test
    void everyChangedByteIsNoticed() {
        byte[] image = image();
        for (int at = 0; at < image.length; at++) {
            byte[] changed = image.clone();
            changed[at] ^= 0x10;
            assertThatThrownBy(() -> ReplicaMember.restore(new ReplicaMember().replica, changed))
                    .as("byte " + at)
                    .isInstanceOf(DamagedImageException.class);
        }
    }

    @Test
    void everyCutIsNoticed() {
        byte[] image = image();
        for (int length = 0; length < image.length; length++) {
            byte[] cut = Arrays.copyOf(image, length);
            assertThatThrownBy(() -> ReplicaMember.restore(new ReplicaMember().replica, cut))
                    .as("cut to " + length)
                    .isInstanceOf(DamagedImageException.class);
        }
        byte[] longer = Arrays.copyOf(image, image.length + 1);
        assertThatThrownBy(() -> ReplicaMember.restore(new ReplicaMember().replica, longer))
                .isInstanceOf(DamagedImageException.class)
                .hasMessage("The image is damaged: it goes on after its end");
    }

    /** A damaged beginning shows before anything is replaced. */
    @Test
    void whatIsDamagedBeforeTheMachineChangesNothing() {
        byte[] image = image();
        byte[] changed = image.clone();
        changed[40] ^= 1;

        assertThatThrownBy(() -> ReplicaMember.restore(member.replica, changed))
                .isInstanceOf(DamagedImageException.class);
        assertThat(ReplicaMember.image(member.replica)).isEqualTo(image);
    }

    @Test
    void newerVersionIsSaidToBeOne() {
        byte[] image = image();
        ByteBuffer.wrap(image).putInt(8, 2);
        ByteBuffer.wrap(image).putInt(12, ImageOutput.checksum(Arrays.copyOf(image, 12)));

        assertThatThrownBy(() -> ReplicaMember.restore(new ReplicaMember().replica, image))
                .isInstanceOf(UnsupportedImageException.class)
                .hasMessage("The image is not supported: it has version 2, and this member reads version 1");
    }

    @Test
    void imageOfAnotherMachineIsRefused() {
        byte[] image = image();
        Replica store = new Replica(new StoreMachine(StoreChanges.NONE));

        assertThatThrownBy(() -> ReplicaMember.restore(store, image))
                .isInstanceOf(UnsupportedImageException.class)
                .hasMessageContaining("entries of type 'ledger/1'");
    }

    @Test
    void chunksCarryContentsOfAnyLength() throws IOException {
        for (int length : new int[] {
            0, 1, ImageOutput.LARGEST_CHUNK - 1, ImageOutput.LARGEST_CHUNK, ImageOutput.LARGEST_CHUNK + 1, 200_000
        }) {
            byte[] content = new byte[length];
            for (int i = 0; i < length; i++) {
                content[i] = (byte) (i * 31);
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ImageOutput out = new ImageOutput(bytes);
            out.write(content);
            out.endSection();
            out.write(7);
            out.endSection();

            ImageInput in = new ImageInput(new ByteArrayInputStream(bytes.toByteArray()));
            assertThat(in.readAllBytes()).isEqualTo(content);
            in.endSection();
            assertThat(in.read()).isEqualTo(7);
            assertThat(in.read()).isEqualTo(-1);
            in.endSection();
            in.end();
        }
    }

    /** A machine may read less than it wrote. The rest is verified all the same. */
    @Test
    void whatIsNotReadIsVerified() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageOutput out = new ImageOutput(bytes);
        out.write(new byte[200_000]);
        out.endSection();
        byte[] image = bytes.toByteArray();
        image[150_000] = 1;

        ImageInput in = new ImageInput(new ByteArrayInputStream(image));
        assertThat(in.read()).isZero();
        assertThatThrownBy(in::endSection)
                .isInstanceOf(DamagedImageException.class)
                .hasMessage("The image is damaged: chunk 2 of section 1 has another checksum");
    }
}
