package io.election.history;

import static io.election.history.ValueHistories.A;
import static io.election.history.ValueHistories.A2;
import static io.election.history.ValueHistories.APPLIED;
import static io.election.history.ValueHistories.B;
import static io.election.history.ValueHistories.C;
import static io.election.history.ValueHistories.MISMATCHED;
import static io.election.history.ValueHistories.NOTHING;
import static io.election.history.ValueHistories.NOT_APPLIED;
import static io.election.history.ValueHistories.STALE;
import static io.election.history.ValueHistories.UNKNOWN;
import static io.election.history.ValueHistories.at;
import static io.election.history.ValueHistories.cas;
import static io.election.history.ValueHistories.found;
import static io.election.history.ValueHistories.get;
import static io.election.history.ValueHistories.mayRemove;
import static io.election.history.ValueHistories.maySet;
import static io.election.history.ValueHistories.read;
import static io.election.history.ValueHistories.remove;
import static io.election.history.ValueHistories.set;
import static io.election.history.ValueHistories.underToken;
import static io.election.history.ValueHistories.value;
import static io.election.history.ValueHistories.version;

import io.election.history.ValueOperation.Outcome;
import java.util.List;
import java.util.stream.Stream;

/** For each rule histories of named values that break it, and beside each one that nearly does and has to be believed. */
final class PlantedValues {

    private PlantedValues() {}

    /** A history in which something is wrong. */
    record Planted(String what, ValueRule rule, List<ValueOperation> history) {

        static Planted breaks(ValueRule rule, String what, ValueOperation... operations) {
            return new Planted(what, rule, List.of(operations));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** A history in which all may have been well. */
    record NearMiss(String what, List<ValueOperation> history) {

        static NearMiss of(String what, ValueOperation... operations) {
            return new NearMiss(what, List.of(operations));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Planted> planted() {
        return Stream.of(
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "a stale read",
                        set(A, 10, 20, "1"),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "1")),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "a lost update",
                        set(A, 10, 20, "1"),
                        set(B, 30, 40, "2"),
                        cas(C, 50, 60, value("1"), "3", APPLIED)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "a lost removal",
                        set(A, 10, 20, "1"),
                        remove(B, 30, 40, "r", APPLIED),
                        read(C, 50, 60, "1")),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "a write is lost that was acknowledged",
                        set(A, 10, 20, "1"),
                        read(B, 30, 40, null)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "what was created is created again",
                        cas(A, 10, 20, NOTHING, "1", APPLIED),
                        cas(B, 30, 40, NOTHING, "2", APPLIED)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "two overlapping writes take the place of one version",
                        set(A, 10, 20, "1", at(5)),
                        cas(B, 30, 50, version(5), "2", APPLIED),
                        cas(C, 30, 50, version(5), "3", APPLIED)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "two writes take the place of one version that nobody was told of",
                        maySet(A, 10, "1"),
                        cas(B, 30, 50, version(5), "2", APPLIED),
                        cas(C, 30, 50, version(5), "3", APPLIED)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "a write takes the place of one that was read to have been replaced",
                        set(A, 10, 20, "1", at(5)),
                        maySet(B, 10, "2"),
                        read(C, 30, 40, "2"),
                        cas(C, 50, 60, version(5), "3", APPLIED)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "refused because of a mismatch, although what was expected was there",
                        set(A, 10, 20, "1"),
                        cas(B, 30, 40, value("1"), "2", MISMATCHED)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "refused because of what had been replaced",
                        set(A, 10, 20, "1"),
                        set(A, 30, 40, "2"),
                        cas(B, 50, 60, value("0"), "3", found("1"))),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "two clients do not agree which of two writes came first",
                        set(A, 10, 100, "1"),
                        set(B, 10, 100, "2"),
                        read(C, 20, 30, "1"),
                        read(C, 40, 50, "2"),
                        read(A2, 60, 70, "1")),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "one client wrote after another had been answered, and is overtaken by it",
                        set(A, 10, 20, "1"),
                        set(B, 21, 30, "2"),
                        read(C, 31, 40, "1")),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "what may have been written is there, gone, and there again, although it was asked for once",
                        set(A, 10, 20, "1"),
                        read(C, 21, 22, "1"),
                        read(C, 23, 24, null),
                        read(C, 25, 26, "1")),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "one unknown removal explains one absence, not two",
                        set(A, 10, 20, "1"),
                        mayRemove(B, 30, "r"),
                        read(C, 40, 50, null),
                        set(A, 60, 70, "2"),
                        read(C, 80, 90, null)),
                Planted.breaks(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        "a member has shown what the linearizable read after it does not know",
                        maySet(A, 10, "1"),
                        get(B, 20, 30, "1"),
                        read(C, 40, 50, null)),
                Planted.breaks(
                        ValueRule.ONLY_WHAT_WAS_WRITTEN,
                        "a read of what nobody wrote",
                        set(A, 10, 20, "1"),
                        read(B, 10, 20, "2")),
                Planted.breaks(
                        ValueRule.ONLY_WHAT_WAS_WRITTEN,
                        "a member shows what nobody wrote",
                        set(A, 10, 20, "1"),
                        get(B, 10, 20, "2")),
                Planted.breaks(
                        ValueRule.ONLY_WHAT_WAS_WRITTEN,
                        "a read of what is asked for only later",
                        read(B, 10, 20, "1"),
                        set(A, 21, 30, "1")),
                Planted.breaks(
                        ValueRule.ONLY_WHAT_WAS_WRITTEN,
                        "a write in place of what nobody wrote",
                        set(A, 10, 20, "1"),
                        cas(B, 30, 40, value("0"), "2", APPLIED)),
                Planted.breaks(
                        ValueRule.ONCE_AT_MOST,
                        "an unknown write that was asked for again comes back after it was replaced",
                        set(A, 10, 20, "1", UNKNOWN),
                        read(B, 22, 24, "1"),
                        set(B, 25, 30, "2"),
                        read(B, 31, 32, "2"),
                        set(A, 33, 40, "1", APPLIED),
                        read(C, 50, 60, "1")),
                Planted.breaks(
                        ValueRule.ONCE_AT_MOST,
                        "an unknown write takes effect again without having been asked for again",
                        maySet(A, 10, "1"),
                        read(B, 22, 24, "1"),
                        set(B, 25, 30, "2"),
                        read(C, 50, 60, "1")),
                Planted.breaks(
                        ValueRule.ONCE_AT_MOST,
                        "one write has two places in the log",
                        set(A, 10, 20, "1", at(5)),
                        set(A, 30, 40, "1", at(6))),
                Planted.breaks(
                        ValueRule.ONCE_AT_MOST,
                        "one write is applied and refused",
                        cas(A, 10, 20, NOTHING, "1", APPLIED),
                        cas(A, 30, 40, NOTHING, "1", MISMATCHED)),
                Planted.breaks(
                        ValueRule.ONCE_AT_MOST,
                        "one write is applied and then surely not",
                        set(A, 10, 20, "1", APPLIED),
                        set(A, 30, 40, "1", NOT_APPLIED)),
                Planted.breaks(
                        ValueRule.REFUSED_IS_NEVER_SEEN,
                        "a write that was surely not applied is read",
                        set(A, 10, 20, "1", NOT_APPLIED),
                        read(B, 10, 30, "1")),
                Planted.breaks(
                        ValueRule.REFUSED_IS_NEVER_SEEN,
                        "a write that was surely not applied is shown",
                        set(A, 10, 20, "1", NOT_APPLIED),
                        get(B, 10, 30, "1")),
                Planted.breaks(
                        ValueRule.REFUSED_IS_NEVER_SEEN,
                        "an unknown write is asked for again and surely not applied, but read",
                        set(A, 10, 20, "1", UNKNOWN),
                        set(A, 30, 40, "1", NOT_APPLIED),
                        read(B, 50, 60, "1")),
                Planted.breaks(
                        ValueRule.REFUSED_IS_NEVER_SEEN,
                        "a write with a stale token is read",
                        underToken(3, set(A, 10, 20, "1", STALE)),
                        read(B, 30, 40, "1")),
                Planted.breaks(
                        ValueRule.REFUSED_IS_NEVER_SEEN,
                        "a write that found something else is found",
                        set(A, 10, 20, "1"),
                        cas(B, 30, 40, NOTHING, "2", found("1")),
                        cas(C, 50, 60, NOTHING, "3", found("2"))),
                Planted.breaks(
                        ValueRule.FOLLOWS_THE_LOG,
                        "the later of two writes is before the other in the log",
                        set(A, 10, 20, "1", at(6)),
                        set(B, 30, 40, "2", at(5))),
                Planted.breaks(
                        ValueRule.FOLLOWS_THE_LOG,
                        "the later of two refusals is before the other in the log",
                        set(A, 10, 20, "1", new Outcome.Stale(6)),
                        set(B, 30, 40, "2", new Outcome.Stale(5))),
                Planted.breaks(
                        ValueRule.FOLLOWS_THE_LOG,
                        "a version that was read falls",
                        set(A, 10, 20, "1"),
                        read(C, 21, 22, "1", 6),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "2", 5)),
                Planted.breaks(
                        ValueRule.FOLLOWS_THE_LOG,
                        "one version of two values",
                        set(A, 10, 20, "1", at(5)),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "2", 5)),
                Planted.breaks(
                        ValueRule.FOLLOWS_THE_LOG,
                        "two versions of one value",
                        set(A, 10, 20, "1", at(5)),
                        read(C, 50, 60, "1", 6)),
                Planted.breaks(
                        ValueRule.TOKENS_NEVER_FALL,
                        "a deposed leader's write takes effect",
                        underToken(4, set(A, 10, 20, "1")),
                        underToken(3, set(B, 30, 40, "2"))),
                Planted.breaks(
                        ValueRule.TOKENS_NEVER_FALL,
                        "an unknown write of a deposed leader takes effect",
                        underToken(3, maySet(A, 10, "1")),
                        underToken(4, set(B, 30, 40, "2")),
                        read(C, 50, 60, "2"),
                        read(C, 70, 80, "1")),
                Planted.breaks(
                        ValueRule.LOCAL_NEVER_GOES_BACK,
                        "a member shows an older value again",
                        maySet(A, 10, "1"),
                        maySet(A, 10, "2"),
                        get(B, 20, 30, "1"),
                        get(B, 40, 50, "2"),
                        get(B, 60, 70, "1")),
                Planted.breaks(
                        ValueRule.LOCAL_NEVER_GOES_BACK,
                        "a member shows what certainly was before",
                        set(A, 10, 20, "1"),
                        set(A, 30, 40, "2"),
                        get(B, 50, 60, "2"),
                        get(B, 70, 80, "1")),
                Planted.breaks(
                        ValueRule.LOCAL_NEVER_GOES_BACK,
                        "a member shows a lower version",
                        maySet(A, 10, "1"),
                        maySet(A, 10, "2"),
                        mayRemove(A, 10, "r"),
                        get(B, 20, 30, "2", 6, 0),
                        get(B, 31, 39, null, 0, 0),
                        get(B, 40, 50, "1", 5, 0)),
                Planted.breaks(
                        ValueRule.LOCAL_NEVER_GOES_BACK,
                        "a member shows nothing after something, and nobody removed it",
                        set(A, 10, 20, "1"),
                        get(B, 30, 40, "1"),
                        get(B, 50, 60, null)),
                Planted.breaks(
                        ValueRule.LOCAL_NEVER_GOES_BACK,
                        "a member shows nothing after something, and it was removed only before",
                        remove(A, 1, 2, "r", APPLIED),
                        set(A, 10, 20, "1"),
                        get(B, 30, 40, "1"),
                        get(B, 50, 60, null)),
                Planted.breaks(
                        ValueRule.LOCAL_SHOWS_WHAT_WAS_AWAITED,
                        "a client does not see its own write",
                        set(A, 10, 20, "1", at(5)),
                        set(A, 30, 40, "2", at(8)),
                        get(A, 50, 60, "1", 5, 8)),
                Planted.breaks(
                        ValueRule.LOCAL_SHOWS_WHAT_WAS_AWAITED,
                        "a client sees nothing in place of its own write",
                        set(A, 10, 20, "1", at(5)),
                        get(A, 50, 60, null, 0, 5)),
                Planted.breaks(
                        ValueRule.LOCAL_SHOWS_WHAT_WAS_AWAITED,
                        "a client still sees what it removed",
                        set(A, 10, 20, "1", at(5)),
                        remove(A, 30, 40, "r", at(6)),
                        get(A, 50, 60, "1", 5, 7)));
    }

    static Stream<NearMiss> nearMisses() {
        return Stream.of(
                NearMiss.of("nothing"),
                NearMiss.of("nothing was written", read(A, 10, 20, null), get(A, 10, 20, null)),
                NearMiss.of(
                        "an old value is read while it is being replaced",
                        set(A, 10, 20, "1"),
                        set(B, 30, 60, "2"),
                        read(C, 40, 50, "1"),
                        read(C, 51, 55, "2")),
                NearMiss.of(
                        "an unknown write takes effect late",
                        maySet(A, 10, "1"),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "2"),
                        read(C, 70, 80, "1")),
                NearMiss.of(
                        "an unknown write that was answered so takes effect after that",
                        set(A, 10, 20, "1", UNKNOWN),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "2"),
                        read(C, 70, 80, "1")),
                NearMiss.of(
                        "an unknown write never takes effect",
                        maySet(A, 10, "1"),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "2")),
                NearMiss.of(
                        "an unknown write is asked for again, takes effect once, and is replaced",
                        set(A, 10, 20, "1", UNKNOWN),
                        read(B, 22, 24, "1"),
                        set(B, 25, 30, "2"),
                        set(A, 33, 40, "1", at(3)),
                        set(A, 41, 42, "1", at(3)),
                        read(C, 50, 60, "2")),
                NearMiss.of(
                        "surely not applied, asked for again, and applied",
                        set(A, 10, 20, "1", NOT_APPLIED),
                        read(B, 22, 24, null),
                        set(A, 30, 40, "1", APPLIED),
                        read(B, 50, 60, "1")),
                NearMiss.of(
                        "concurrent reads see either of two writes, or what was before",
                        set(A, 10, 100, "1"),
                        set(B, 10, 100, "2"),
                        read(C, 10, 100, "2"),
                        read(A, 10, 100, null),
                        read(B, 10, 100, "1")),
                NearMiss.of(
                        "two unknown removals explain two absences",
                        set(A, 10, 20, "1"),
                        mayRemove(B, 30, "r"),
                        mayRemove(B, 31, "s"),
                        read(C, 40, 50, null),
                        set(A, 60, 70, "2"),
                        read(C, 80, 90, null)),
                NearMiss.of(
                        "a mismatch because of an unknown write that nobody read",
                        set(A, 10, 20, "1"),
                        maySet(B, 22, "2"),
                        cas(C, 30, 40, value("1"), "3", MISMATCHED)),
                NearMiss.of(
                        "a mismatch because of a write that was acknowledged after it",
                        set(A, 10, 20, "1"),
                        set(B, 22, 60, "2"),
                        cas(C, 30, 40, value("1"), "3", MISMATCHED),
                        cas(C, 61, 70, value("2"), "4", APPLIED)),
                NearMiss.of(
                        "something in place of an unknown write, of whose version the client was told otherwise",
                        maySet(A, 10, "1"),
                        cas(B, 30, 50, version(5), "2", APPLIED)),
                NearMiss.of(
                        "created, removed and created again",
                        cas(A, 10, 20, NOTHING, "1", APPLIED),
                        mayRemove(B, 11, "r"),
                        cas(C, 30, 40, NOTHING, "2", APPLIED)),
                NearMiss.of(
                        "overlapping writes in the other order in the log",
                        set(A, 10, 40, "1", at(6)),
                        set(B, 30, 40, "2", at(5)),
                        read(C, 50, 60, "1", 6)),
                NearMiss.of(
                        "an overlapping write under a lower token came before",
                        underToken(4, set(A, 10, 40, "1")),
                        underToken(3, set(B, 30, 40, "2")),
                        underToken(3, set(B, 50, 60, "3", STALE)),
                        read(C, 50, 60, "1")),
                NearMiss.of(
                        "a write of which no token is known comes after one with a token",
                        underToken(4, set(A, 10, 20, "1")),
                        set(B, 30, 40, "2"),
                        read(C, 50, 60, "2")),
                NearMiss.of(
                        "a member is behind",
                        set(A, 10, 20, "1"),
                        set(A, 30, 40, "2"),
                        get(B, 50, 60, null),
                        get(B, 61, 62, "1"),
                        get(B, 70, 80, "2")),
                NearMiss.of(
                        "another member is further behind, and so is the next life",
                        set(A, 10, 20, "1"),
                        set(A, 30, 40, "2"),
                        get(A, 50, 60, "2"),
                        get(B, 70, 80, "1"),
                        get(A2, 70, 80, null)),
                NearMiss.of(
                        "two overlapping gets are answered in the other order",
                        set(A, 10, 20, "1"),
                        set(A, 30, 40, "2"),
                        get(B, 50, 61, "2"),
                        get(B, 60, 70, "1")),
                NearMiss.of(
                        "an unknown removal is shown",
                        set(A, 10, 20, "1"),
                        mayRemove(A, 22, "r"),
                        get(B, 30, 40, "1"),
                        get(B, 50, 60, null)),
                NearMiss.of(
                        "a member shows more than was awaited",
                        set(A, 10, 20, "1", at(5)),
                        set(A, 30, 40, "2", at(8)),
                        remove(A, 41, 49, "r", at(9)),
                        get(A, 50, 60, "1", 5, 7),
                        get(A, 61, 62, "2", 8, 8),
                        get(A, 63, 64, null, 0, 8)));
    }
}
