package io.election.history;

/**
 * One life of a member: from the start of its process to its end. What a member remembers on disk does not make two lives
 * one: nobody who used the first is still there in the second.
 *
 * @param member the member's id
 * @param number which of its lives, counted from 1
 */
public record Life(String member, int number) {

    @Override
    public String toString() {
        return number == 1 ? member : member + " (life " + number + ")";
    }
}
