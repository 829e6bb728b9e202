package io.election.machine;

import io.election.core.Bytes;
import io.election.core.Entry;
import io.election.core.Payload;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Hostile bytes in commands and images are taken, or refused by an exception that says so, and what is taken can be captured and restored.
 * The first byte says what the rest is: 0 the contents of entries, each after a byte for its type and its length in two bytes; 1 an image;
 * 2 the sections of an image whose checksums are right, each after its length in two bytes.
 */
public final class ReplicaFuzzTarget {

    private static final int SECTIONS = 3;
    private static final String[] TYPES = {StoreMachine.TYPE, CommandCodec.SESSION_TYPE, "store/2"};

    private ReplicaFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        Replica replica = new Replica(new StoreMachine(StoreChanges.NONE));
        try {
            switch (input[0]) {
                case 0 -> applyAll(replica, ByteBuffer.wrap(rest));
                case 1 -> replica.restore(new ByteArrayInputStream(rest));
                case 2 -> replica.restore(new ByteArrayInputStream(sealed(ByteBuffer.wrap(rest))));
                default -> {
                    return;
                }
            }
        } catch (UnknownEntryException | DamagedImageException | UnsupportedImageException refused) {
            if (!replica.canCapture()) {
                return;
            }
        } catch (IOException e) {
            throw new AssertionError("nothing is read from a file here", e);
        }
        if (replica.canCapture()) {
            check(replica);
        }
    }

    private static void applyAll(Replica replica, ByteBuffer in) {
        Entries log = new Entries();
        log.session("a", "life", 0);
        log.all().forEach(replica::apply);
        while (in.remaining() > 2) {
            String type = TYPES[Math.floorMod(in.get(), TYPES.length)];
            byte[] data = new byte[Math.min(Short.toUnsignedInt(in.getShort()), in.remaining())];
            in.get(data);
            replica.apply(log.append(new Payload.Application(type, Bytes.of(data))));
        }
    }

    private static byte[] sealed(ByteBuffer in) throws IOException {
        ByteArrayOutputStream image = new ByteArrayOutputStream();
        ImageOutput out = new ImageOutput(image);
        for (int section = 0; section < SECTIONS; section++) {
            int length = in.remaining() < 2 ? 0 : Short.toUnsignedInt(in.getShort());
            byte[] content = new byte[Math.min(length, in.remaining())];
            in.get(content);
            out.write(content);
            out.endSection();
        }
        return image.toByteArray();
    }

    private static void check(Replica replica) {
        byte[] image = ReplicaMember.image(replica);
        Replica restored = new Replica(new StoreMachine(StoreChanges.NONE));
        try {
            ReplicaMember.restore(restored, image);
        } catch (IOException e) {
            throw new AssertionError("captured, but not restored", e);
        }
        if (restored.stateDigest() != replica.stateDigest()
                || !Arrays.equals(ReplicaMember.image(restored), image)) {
            throw new AssertionError("restored as another state");
        }
        long next = replica.last().index() + 1;
        if (next < 1L << 52 && replica.last().term() > 0) {
            Entry entry = new Entry(next, replica.last().term(), new Payload.TermOpening("a", null, null));
            replica.apply(entry);
            restored.apply(entry);
            if (restored.stateDigest() != replica.stateDigest()) {
                throw new AssertionError("goes on as another state");
            }
        }
    }
}
