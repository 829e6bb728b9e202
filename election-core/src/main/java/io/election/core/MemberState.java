package io.election.core;

import java.util.random.RandomGenerator;

/**
 * The state of one member, each part in an object that owns it. The parts of the machine share these objects. None of
 * these objects knows the machine.
 */
record MemberState(
        ElectionSettings settings,
        StepTime time,
        Outbox outbox,
        Ballot ballot,
        ElectionLog log,
        AppliedLog applied,
        ReplicaDifferences differences,
        Configuration configuration,
        Pauses pauses,
        Newcomers newcomers,
        Rivals rivals,
        Assembly assembly,
        Positions positions,
        Messenger messenger,
        KnownLeader leader,
        Callers callers,
        Bond bond,
        RoundTrips roundTrips,
        Service service,
        ProposalCheck check) {

    /** Creates the state from what is on disk. */
    static MemberState recover(
            ElectionSettings settings,
            String incarnation,
            DurableState recovered,
            ClockReading lockedAt,
            RandomGenerator random,
            ProposalCheck check) {
        StepTime time = new StepTime(lockedAt);
        Outbox outbox = new Outbox();
        Ballot ballot = new Ballot(recovered.hardState(), outbox);
        // safety rule 5: bound from the locking of the directory. Safety rule 6: bound for the longest promise that may
        // still hold.
        Bond bond = new Bond(
                time.nanos(),
                Math.max(settings.electionTimeout().toNanos(), ballot.promise().toNanos()));
        ElectionLog log = new ElectionLog(settings, recovered, outbox);
        Newcomers newcomers = new Newcomers(settings, time);
        Rivals rivals = new Rivals(settings, time, log);
        KnownLeader leader = new KnownLeader(ballot, outbox);
        Assembly assembly = new Assembly(settings, time, ballot, log, leader, outbox);
        Configuration configuration = new Configuration(settings, incarnation, log, newcomers, assembly, outbox);
        Messenger messenger =
                new Messenger(settings, configuration, rivals, leader, ballot, time, outbox, random.nextLong(1L << 50));
        return new MemberState(
                settings,
                time,
                outbox,
                ballot,
                log,
                new AppliedLog(settings, log, outbox),
                new ReplicaDifferences(settings, configuration, outbox),
                configuration,
                new Pauses(time, log, configuration, outbox),
                newcomers,
                rivals,
                assembly,
                new Positions(log, outbox),
                messenger,
                leader,
                new Callers(configuration, leader, ballot, outbox),
                bond,
                new RoundTrips(settings, time, outbox, configuration, messenger, leader),
                new Service(),
                check);
    }
}
