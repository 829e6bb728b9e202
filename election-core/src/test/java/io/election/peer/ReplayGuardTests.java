package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.peer.ReplayGuard.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayGuardTests {

    private final ReplayGuard guard = new ReplayGuard("orders", Set.of("a", "c"));

    private Verdict admit(String challenge, long sequence) {
        return guard.admit(call("a", "life", challenge, sequence));
    }

    private static Call call(String from, String life, String challenge, long sequence) {
        return new Call(1, "orders", from, "b", life, challenge, sequence);
    }

    @Test
    void letsEachNumberInOnce() {
        String challenge = guard.challenge("a", "life");
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.FRESH);
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(challenge, 2)).isEqualTo(Verdict.FRESH);
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(challenge, 0)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(challenge, -5)).isEqualTo(Verdict.REPLAYED);
    }

    @Test
    void whatAMemberSentBeforeItLeftIsWorthlessAfterItsReturn() {
        String challenge = guard.challenge("a", "life");
        String unused = guard.challenge("a", "life");
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.FRESH);

        guard.members(Set.of("c"));
        assertThat(admit(challenge, 2)).isEqualTo(Verdict.CHALLENGE);
        guard.members(Set.of("a", "c"));

        assertThat(admit(challenge, 1)).isEqualTo(Verdict.CHALLENGE);
        assertThat(admit(challenge, 2)).isEqualTo(Verdict.CHALLENGE);
        assertThat(admit(unused, 1)).isEqualTo(Verdict.CHALLENGE);
        assertThat(admit(guard.challenge("a", "life"), 1)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void aStrangerIsHeardOnceItComesBackWithAChallengeAndEachNumberOnce() {
        assertThat(guard.admit(call("x", "life", "", 1))).isEqualTo(Verdict.CHALLENGE);
        String challenge = guard.challenge("x", "life");
        assertThat(guard.admit(call("x", "life", challenge, 1))).isEqualTo(Verdict.FRESH);
        assertThat(guard.admit(call("x", "life", challenge, 1))).isEqualTo(Verdict.REPLAYED);
        assertThat(guard.admit(call("x", "life", challenge, 2))).isEqualTo(Verdict.FRESH);
        assertThat(guard.admit(call("y", "life", challenge, 3))).isEqualTo(Verdict.CHALLENGE);
    }

    @Test
    void whatAStrangerSentBeforeItWasPushedOutIsWorthlessAndMembersKeepTheirSessions() {
        String member = guard.challenge("a", "life");
        assertThat(admit(member, 1)).isEqualTo(Verdict.FRESH);
        String first = guard.challenge("x", "life");
        assertThat(guard.admit(call("x", "life", first, 1))).isEqualTo(Verdict.FRESH);

        for (int i = 0; i < 10 * Latest.MOST; i++) {
            String id = "made-up-" + i;
            assertThat(guard.admit(call(id, "life", guard.challenge(id, "life"), 1)))
                    .isEqualTo(Verdict.FRESH);
        }

        assertThat(guard.strangers()).isEqualTo(Latest.MOST);
        assertThat(guard.admit(call("x", "life", first, 1))).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("x", "life", first, 2))).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("x", "life", guard.challenge("x", "life"), 1)))
                .isEqualTo(Verdict.FRESH);
        assertThat(admit(member, 1)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(member, 2)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void whatAStrangerSentBeforeItBecameAMemberIsWorthlessAfterItLeft() {
        String asStranger = guard.challenge("x", "life");
        assertThat(guard.admit(call("x", "life", asStranger, 1))).isEqualTo(Verdict.FRESH);
        guard.members(Set.of("a", "c", "x"));
        String asMember = guard.challenge("x", "life");
        assertThat(guard.admit(call("x", "life", asStranger, 2))).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("x", "life", asMember, 1))).isEqualTo(Verdict.FRESH);

        guard.members(Set.of("a", "c"));

        assertThat(guard.admit(call("x", "life", asMember, 1))).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("x", "life", asStranger, 1))).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("x", "life", guard.challenge("x", "life"), 1)))
                .isEqualTo(Verdict.FRESH);
    }

    @Test
    void aChangeOfMembersTakesNoSessionFromThoseWhoStay() {
        String challenge = guard.challenge("a", "life");
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.FRESH);
        guard.members(Set.of("a", "d"));
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(challenge, 2)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void takesNumbersOutOfOrderWithinTheWindow() {
        String challenge = guard.challenge("a", "life");
        assertThat(admit(challenge, 2000)).isEqualTo(Verdict.FRESH);
        assertThat(admit(challenge, 2000 - ReplayGuard.WINDOW + 1)).isEqualTo(Verdict.FRESH);
        assertThat(admit(challenge, 2000 - ReplayGuard.WINDOW + 1)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(challenge, 2000 - ReplayGuard.WINDOW)).isEqualTo(Verdict.REPLAYED);
        assertThat(admit(challenge, 1999)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void letsNoNumberInTwiceInAnyOrder() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String challenge = guard.challenge("a", "life");
        Set<Long> admitted = new HashSet<>();
        List<Long> numbers = new ArrayList<>();
        long number = 0;
        for (int i = 0; i < 20_000; i++) {
            number += random.nextInt(100) == 0 ? random.nextInt(3 * ReplayGuard.WINDOW) + 1 : 1;
            numbers.add(number);
            numbers.add(Math.max(1, number - random.nextInt(2 * ReplayGuard.WINDOW)));
        }
        for (int i = 0; i + 16 <= numbers.size(); i += 16) {
            Collections.shuffle(numbers.subList(i, i + 16), random);
        }
        long highest = 0;
        for (long next : numbers) {
            boolean expected = next > highest - ReplayGuard.WINDOW && !admitted.contains(next);
            assertThat(admit(challenge, next))
                    .as("number %s, seed %s", next, seed)
                    .isEqualTo(expected ? Verdict.FRESH : Verdict.REPLAYED);
            admitted.add(next);
            highest = Math.max(highest, next);
        }
    }

    @Test
    void takesOnlyChallengesThatItIssuedToThatLifeOfThatMember() {
        String challenge = guard.challenge("a", "life");
        assertThat(guard.admit(call("c", "life", challenge, 1))).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("a", "other life", challenge, 1))).isEqualTo(Verdict.CHALLENGE);
        assertThat(new ReplayGuard("orders", Set.of("a")).admit(call("a", "life", challenge, 1)))
                .isEqualTo(Verdict.CHALLENGE);
        for (String forged :
                List.of("", "1", ".", "1.", "x.y", "-1.AA", "2." + challenge.substring(2), "9".repeat(30))) {
            assertThat(admit(forged, 1)).as(forged).isEqualTo(Verdict.CHALLENGE);
        }
        assertThat(admit(challenge, 1)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void neverGoesBackToAnEarlierSession() {
        String first = guard.challenge("a", "life");
        String second = guard.challenge("a", "next life");
        assertThat(admit(first, 1)).isEqualTo(Verdict.FRESH);
        assertThat(guard.admit(call("a", "next life", second, 1))).isEqualTo(Verdict.FRESH);
        assertThat(admit(first, 2)).isEqualTo(Verdict.CHALLENGE);
        assertThat(guard.admit(call("a", "next life", second, 2))).isEqualTo(Verdict.FRESH);
    }

    @Test
    void keepsTheSessionsOfMembersApart() {
        String a = guard.challenge("a", "life");
        String c = guard.challenge("c", "life");
        assertThat(guard.admit(call("c", "life", c, 1))).isEqualTo(Verdict.FRESH);
        assertThat(admit(a, 1)).isEqualTo(Verdict.FRESH);
        assertThat(guard.admit(call("c", "life", c, 2))).isEqualTo(Verdict.FRESH);
    }
}
