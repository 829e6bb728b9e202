package io.election.core.explorer;

import io.election.Role;
import io.election.core.MemberKind;
import java.util.List;
import java.util.stream.Stream;

/**
 * The scopes that are explored. Each is explored twice: in every order over short schedules, and over long schedules
 * whose order deviates once from the one in which everything is as quick as can be.
 */
final class Scopes {

    private static final List<MemberKind> DATA = List.of(MemberKind.DATA, MemberKind.DATA, MemberKind.DATA);
    private static final List<MemberKind> WITNESS = List.of(MemberKind.DATA, MemberKind.DATA, MemberKind.WITNESS);

    private static final int A = 0;
    private static final int B = 1;
    private static final int C = 2;

    /** The bond of the start has just ended for all. Nobody leads. */
    static final Scope ELECTION = new Scope("election", DATA, true, world -> world, world -> world, Bounds.of(8, 3, 6));

    /** No member holds an entry. */
    static final Scope FOUNDING = new Scope(
            "founding",
            DATA,
            false,
            world -> world,
            world -> world,
            Bounds.of(8, 2, 6).newMemories(1));

    /** a leads. c was cut off for as long as its promise lasts, and asks for pre-votes. */
    static final Scope BOND = new Scope(
            "bond and promise",
            DATA,
            true,
            world -> Scope.exactly(
                    Scope.quietly(world, Scopes::aLeads), w -> w.member(C).role() == Role.PRE_CANDIDATE, C),
            world -> world,
            Bounds.of(8, 3, 6));

    /** a leads, and a caller may ask it to hand over, to step down or to close. At its worst, it was asked to hand over. */
    static final Scope TRANSFER = new Scope(
            "transfer",
            DATA,
            true,
            world -> Scope.quietly(world, Scopes::aLeads),
            world -> Scope.next(world, new Action(Action.Kind.HAND_OVER, A)),
            Bounds.of(7, 3, 6).calls(1).failures(1));

    /** a leads. An entry is committed that c does not have. A member may start with a new directory. At its worst, a is down. */
    static final Scope LETTING_IN = new Scope(
            "letting in",
            DATA,
            true,
            world -> withOneMoreEntry(world, B, C),
            world -> Scope.next(world, new Action(Action.Kind.CRASH, A)),
            Bounds.of(8, 3, 6).newMemories(1));

    /** a leads, and c is a witness. An entry is committed that b does not have. Another may be appended. At its worst, a is down. */
    static final Scope WITNESSES = new Scope(
            "witness",
            WITNESS,
            true,
            world -> withOneMoreEntry(world, C, B),
            world -> Scope.next(world, new Action(Action.Kind.CRASH, A)),
            Bounds.of(8, 3, 6).proposals(1));

    /** a leads, b votes, and c belongs to the cluster without a vote. At its worst, a was asked to give c its vote. */
    static final Scope GROWING = new Scope(
            "growing",
            DATA,
            true,
            world -> after(world, Action.Kind.DEMOTE, C, 3),
            world -> Scope.next(world, change(Action.Kind.PROMOTE, C)),
            Bounds.of(6, 3, 6).changes(2));

    /** a leads of three that vote. At its worst, a was asked to remove c. */
    static final Scope SHRINKING = new Scope(
            "shrinking",
            DATA,
            true,
            world -> Scope.quietly(world, Scopes::aLeads),
            world -> Scope.next(world, change(Action.Kind.REMOVE, C)),
            Bounds.of(6, 3, 6).changes(2));

    /** a leads as the only voter, without end, and b is a member without a vote. At its worst, a was asked to give b its vote. */
    static final Scope ALONE = new Scope(
            "alone",
            DATA,
            true,
            world -> after(after(world, Action.Kind.REMOVE, C, 3), Action.Kind.DEMOTE, B, 4),
            world -> Scope.next(world, change(Action.Kind.PROMOTE, B)),
            Bounds.of(7, 3, 6).changes(2));

    private static final List<Scope> BASES =
            List.of(ELECTION, FOUNDING, BOND, TRANSFER, LETTING_IN, WITNESSES, GROWING, SHRINKING, ALONE);

    private Scopes() {}

    /** What the ordinary build explores in part, and a build at full strength wholly. */
    static List<Scope> all() {
        return Stream.of(
                        variants(ELECTION, 36, 26, 22),
                        variants(FOUNDING, 30, 22, 22),
                        variants(BOND, 36, 28, 26),
                        variants(TRANSFER, 20, 16, 13),
                        variants(LETTING_IN, 26, 18, 17),
                        variants(WITNESSES, 26, 20, 16),
                        variants(GROWING, 16, 12, 11),
                        variants(SHRINKING, 16, 12, 11),
                        variants(ALONE, 18, 14, 12))
                .flatMap(scope -> scope)
                .toList();
    }

    private static Stream<Scope> variants(Scope scope, int inOrder, int withOneDeviation, int withTwo) {
        Bounds bounds = scope.bounds();
        Scope worst = scope.atItsWorst();
        return Stream.of(
                scope.with(bounds.crashes(1).losses(1)),
                worst.with(bounds.calls(0).deviations(0).crashes(1).cuts(1).depth(inOrder)),
                worst.with(bounds.calls(0).deviations(1).crashes(1).depth(withOneDeviation)),
                worst.with(
                        bounds.calls(0).newMemories(0).deviations(2).losses(1).depth(withTwo)));
    }

    /** One of all. */
    static Scope named(String name, int deviations) {
        return all().stream()
                .filter(scope -> scope.name().equals(name) && scope.bounds().deviations() == deviations)
                .findFirst()
                .orElseThrow();
    }

    /** Longer schedules, more messages and faults, for as long as there is time. */
    static List<Scope> deep() {
        return BASES.stream()
                .flatMap(scope -> {
                    Bounds more = scope.bounds()
                            .depth(1000)
                            .term(scope.bounds().term() + 1)
                            .underWay(8);
                    Scope worst = scope.atItsWorst();
                    return Stream.of(
                            scope.with(more.crashes(1).losses(1)),
                            worst.with(more.deviations(0)
                                    .crashes(2)
                                    .cuts(1)
                                    .losses(1)
                                    .lateTimers(1)
                                    .duplicates(1)),
                            worst.with(more.deviations(1).crashes(1).losses(1).duplicates(1)),
                            worst.with(more.deviations(2).crashes(1)),
                            worst.with(more.deviations(3)));
                })
                .toList();
    }

    /** a leads and gets one more entry committed by one member, while the other is cut off. */
    private static World withOneMoreEntry(World world, int by, int cutOff) {
        World led =
                Scope.quietly(world, Scopes::aLeads).with(Bounds.of(0, 100, 100).proposals(1));
        return Scope.quietly(
                Scope.next(led, new Action(Action.Kind.PROPOSE, A)),
                w -> w.member(by).reportedCommit() == 3,
                cutOff);
    }

    /** a leads and has made a change of the members, of which b knows that it is committed. */
    private static World after(World world, Action.Kind kind, int about, int index) {
        World led = index == 3 ? Scope.quietly(world, Scopes::aLeads) : world;
        World asked = Scope.next(led.with(Bounds.of(0, 100, 100).changes(1)), change(kind, about));
        return Scope.quietly(asked, w -> w.member(B).reportedCommit() == index);
    }

    private static Action change(Action.Kind kind, int about) {
        return new Action(kind, A, null, about, false);
    }

    private static boolean aLeads(World world) {
        return world.member(A).leadsForNanos() > 0
                && world.member(B).reportedCommit() == 2
                && world.member(C).reportedCommit() == 2;
    }
}
