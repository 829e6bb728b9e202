package io.election.core.simulator;

import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import io.election.core.StateDigest;
import io.election.core.StateImage;
import io.election.machine.Applied;
import io.election.machine.Replica;
import io.election.machine.ReplicaImage;
import io.election.machine.StoreChanges;
import io.election.machine.StoreMachine;
import io.election.machine.StoredBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The replica of one life of a member, with the threads that apply entries, take images and fetch them, on virtual time. It does what
 * the node does around a {@link Replica}.
 */
final class VirtualReplica {

    /** After each entry whose index is a multiple of this, the state is compared with that of all others. */
    private static final int DIGESTS = 7;

    private final VirtualCluster cluster;
    private final MemoryWorld memory;
    private final VirtualMember member;
    private final RandomGenerator random;
    private final int life;
    private final StoreMachine store = new StoreMachine(StoreChanges.NONE);
    private final Replica replica = new Replica(store);
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final StoreClient client;
    private boolean busy;
    private boolean failed;
    private boolean liesAboutItsState;
    private Effect.@Nullable FetchImage fetching;

    VirtualReplica(VirtualCluster cluster, MemoryWorld memory, VirtualMember member, Snapshot recovered) {
        this.cluster = cluster;
        this.memory = memory;
        this.member = member;
        this.life = member.life();
        this.random = cluster.random("replica " + member.id() + '/' + life);
        this.client = new StoreClient(cluster, memory, member, this);
        if (recovered.last().index() > 0) {
            restore(recovered);
        }
    }

    StoreClient client() {
        return client;
    }

    long appliedIndex() {
        return replica.appliedIndex();
    }

    boolean hasFailed() {
        return failed;
    }

    boolean isUnsound() {
        return failed || liesAboutItsState;
    }

    @Nullable StoredBytes get(String name) {
        return store.get(name);
    }

    long sessionOf(String id) {
        return replica.sessionOf(id);
    }

    // ------------------------------------------------------------------------------------------------ effects

    /** Carries out an effect that is meant for the replica or its clients. Whether it was one. */
    boolean carryOut(Effect effect) {
        if (effect instanceof Effect.Apply apply) {
            for (List<Entry> some : inChunks(apply.entries())) {
                later(() -> apply(some));
            }
        } else if (effect instanceof Effect.SnapshotInstalled installed) {
            restore(installed.snapshot());
        } else if (effect instanceof Effect.TakeImage) {
            later(this::capture);
        } else if (effect instanceof Effect.RetainImages retain) {
            later(() -> retain(retain.keep()));
        } else if (effect instanceof Effect.FetchImage fetch) {
            fetching = fetch;
            fetchLater(fetch);
        } else if (effect instanceof Effect.ImageNotNeeded) {
            fetching = null;
        } else if (effect instanceof Effect.StateDiffers) {
            cluster.coverage().reached(Coverage.Event.STATE_DIFFERED);
            stop();
        } else if (effect instanceof Effect.ProposalEnded ended) {
            client.ended(ended.call(), ended.outcome());
        } else if (effect instanceof Effect.ReadIndexAnswered answered) {
            client.mayRead(answered.call(), answered.index());
        } else if (effect instanceof Effect.Acknowledged acknowledged) {
            client.acknowledged(acknowledged.index());
        } else {
            return false;
        }
        return true;
    }

    private List<List<Entry>> inChunks(List<Entry> entries) {
        List<List<Entry>> chunks = new ArrayList<>();
        for (int from = 0; from < entries.size(); ) {
            int to = Math.min(entries.size(), from + 1 + random.nextInt(8));
            chunks.add(entries.subList(from, to));
            from = to;
        }
        return chunks;
    }

    // ------------------------------------------------------------------------------------------------ the thread

    private void later(Runnable task) {
        if (!failed) {
            tasks.add(task);
            work();
        }
    }

    private void work() {
        if (busy || tasks.isEmpty()) {
            return;
        }
        busy = true;
        after(memory.applyNanos(member, random), this::perform);
    }

    private void perform() {
        if (member.isPaused()) {
            after(cluster.members().get(0).settings().heartbeatInterval().toNanos() / 4, this::perform);
            return;
        }
        busy = false;
        Runnable task = tasks.poll();
        if (task != null && !failed) {
            task.run();
        }
        if (member.life() == life) {
            work();
        }
    }

    private void after(long nanos, Runnable what) {
        cluster.at(cluster.nowNanos() + nanos, () -> {
            if (member.life() == life && member.isUp()) {
                what.run();
            }
        });
    }

    private void apply(List<Entry> entries) {
        List<Applied> answers = new ArrayList<>();
        StateDigest digest = null;
        for (Entry entry : entries) {
            Applied answer = replica.apply(entry);
            memory.rule().applied(member, entry, answer);
            if (answer != null) {
                answers.add(answer);
            }
            if (entry.index() % DIGESTS == 0) {
                digest = digestNow(entry);
            }
        }
        long index = replica.appliedIndex();
        member.receive(new Input.Applied(index, digest));
        client.applied(answers);
    }

    private StateDigest digestNow(Entry entry) {
        long value = ByteBuffer.wrap(imageNow()).hashCode();
        memory.rule().state(member, entry.position(), value);
        return new StateDigest(entry.index(), liesAboutItsState ? value + 1 : value);
    }

    private byte[] imageNow() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ReplicaImage image = replica.capture()) {
            image.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private void restore(Snapshot snapshot) {
        later(() -> {
            StateImage image = snapshot.image();
            byte[] bytes = image == null ? null : member.images().open(snapshot.last(), image);
            if (bytes == null) {
                throw new Violation("what a snapshot names is there", member + ": " + snapshot);
            }
            try {
                replica.restore(new ByteArrayInputStream(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            cluster.coverage().reached(Coverage.Event.IMAGE_RESTORED);
            memory.rule().restored(member, snapshot.last());
            member.receive(new Input.Applied(snapshot.last().index(), null));
            client.restored();
        });
    }

    // ------------------------------------------------------------------------------------------------ images

    private void capture() {
        if (random.nextInt(12) == 0 || !replica.canCapture()) {
            member.receive(new Input.ImageNotTaken("no room"));
            return;
        }
        byte[] bytes = imageNow();
        LogPosition last = replica.last();
        List<String> types;
        try (ReplicaImage image = replica.capture()) {
            types = image.types();
        }
        after(memory.imageNanos(random), () -> {
            StateImage image = member.images().write(last, bytes, types);
            // The core hears of it only when its loop gets to it.
            member.receive(new Input.ImageTaken(last, image));
        });
    }

    private void retain(Set<LogPosition> keep) {
        member.images().retain(keep);
        memory.rule().retained(member);
    }

    private void fetchLater(Effect.FetchImage fetch) {
        after(memory.pieceNanos(random), () -> {
            if (fetch == fetching) {
                fetch(fetch);
            }
        });
    }

    private void fetch(Effect.FetchImage fetch) {
        VirtualMember sender = cluster.member(fetch.from());
        byte[] all = sender.isUp()
                        && !sender.isPaused()
                        && cluster.network().isOpen(member, sender)
                        && !memory.losesPiece(random)
                ? sender.images().open(fetch.last(), fetch.image())
                : null;
        if (all == null) {
            cluster.coverage().reached(Coverage.Event.PIECE_OF_AN_IMAGE_LOST);
            fetchLater(fetch);
            return;
        }
        VirtualImages.Incoming incoming = member.images().receive(fetch.last(), fetch.image(), fetch.from());
        if (incoming.position() > 0) {
            cluster.coverage().reached(Coverage.Event.IMAGE_CONTINUED);
        }
        int received = incoming.takes(all, 1 + all.length / memory.pieces(random));
        if (received < all.length) {
            member.receive(new Input.ImageFetched(fetch.last(), fetch.image(), received, false));
            fetchLater(fetch);
            return;
        }
        cluster.coverage().reached(Coverage.Event.IMAGE_FETCHED);
        fetching = null;
        after(
                memory.pieceNanos(random),
                () -> member.receive(new Input.ImageFetched(fetch.last(), fetch.image(), received, true)));
    }

    // ------------------------------------------------------------------------------------------------ faults

    /** The machine throws: nothing is applied any more in this life. */
    void fails() {
        if (!failed) {
            stop();
            member.receive(new Input.MachineFailed("the machine threw"));
        }
    }

    /** From now on its digests are not those of the others. */
    void differs() {
        liesAboutItsState = true;
    }

    private void stop() {
        failed = true;
        tasks.clear();
        client.stop();
    }
}
