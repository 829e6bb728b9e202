package io.election.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Bytes;
import io.election.core.Payload;
import io.election.core.ProposalCheck;
import io.election.core.ProposalOutcome.Reason;
import io.election.core.ReplicationSettings;
import io.election.machine.Command;
import io.election.machine.CommandCodec;
import io.election.machine.CommandId;
import io.election.machine.StoreCommand;
import io.election.machine.StoreLimits;
import io.election.machine.StoreMachine;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a leader refuses before it appends: in apply, members could differ. */
class MemoryTests {

    private final ProposalCheck check = Memory.ofStore(
                    "orders",
                    "a",
                    new MemorySettings(
                            ReplicationSettings.reading(Memory.TYPES_OF_STORE),
                            new StoreLimits(100, 1000, 5000),
                            Duration.ofSeconds(1),
                            8))
            .check();

    private static Payload.Application set(int bytes) {
        return CommandCodec.encode(new Command(
                StoreMachine.TYPE,
                new CommandId(3, 1),
                1,
                null,
                new StoreCommand("x", StoreCommand.ANY, ByteBuffer.allocate(bytes)).encode()));
    }

    @Test
    void aCommandIsTaken() {
        assertThat(check.check(set(1000), 0)).isNull();
    }

    /** Such as a member of a newer version, or one that lies, may send. */
    @Test
    void whatIsNoCommandIsRefused() {
        for (byte[] data : new byte[][] {{}, {1}, {1, 2, 3}, {9, 0, 0, 0}, new byte[40]}) {
            for (String type : Memory.TYPES_OF_STORE) {
                ProposalCheck.Refused refused = check.check(new Payload.Application(type, Bytes.of(data)), 0);
                assertThat(refused).isNotNull();
                assertThat(refused.reason()).isEqualTo(Reason.NOT_READ);
            }
        }
    }

    @Test
    void whatIsTooLargeIsRefused() {
        assertThat(check.check(set(1001), 0))
                .isNotNull()
                .extracting(ProposalCheck.Refused::reason)
                .isEqualTo(Reason.TOO_LARGE);
        assertThat(check.check(set(900), 4500))
                .isNotNull()
                .extracting(ProposalCheck.Refused::reason)
                .isEqualTo(Reason.FULL);
    }
}
