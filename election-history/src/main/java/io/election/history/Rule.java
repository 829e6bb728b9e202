package io.election.history;

/** What must hold in every history. */
public enum Rule {
    /** No two members lead at the same instant. */
    ONE_LEADER_AT_A_TIME("no two members lead at the same instant"),
    /** A leadership is one span of time: once an answer was {@code false}, none is {@code true} under the same token. */
    LEADERSHIP_IS_UNBROKEN("a leadership that was lost never comes back under the same token"),
    /** A token belongs to one leadership of one life of one member. */
    TOKENS_ARE_UNIQUE("a token belongs to one leadership"),
    /** A later leadership has a greater token. */
    TOKENS_RISE("tokens rise from leadership to leadership"),
    /** A listener is told of a leadership and of its end in turns, each of the same leadership. */
    EVENTS_PAIR_UP("elected and stepped down come in pairs"),
    /** No listener is told of a leadership, or of its end, too late or never. */
    EVENTS_COME_IN_TIME("no event is lost or late"),
    /** After it was told of the end of a leadership, nobody is told {@code true} under it. */
    EVENTS_FIT_ANSWERS("answers agree with the events before them"),
    /** Everybody is told of the same leader of a term. */
    ONE_LEADER_A_TERM("a term has one leader"),
    /** No leadership ends for a reason that no fault of machines or networks explains. */
    ENDS_ARE_INNOCENT("no leadership ends for a reason that only a defect explains"),
    /** What a fence guards is as if one write came after the other, and no accepted token is below one before. */
    WRITES_ARE_FENCED("guarded writes take effect one after the other, under tokens that never fall"),
    /** A confirmed leadership was the latest when the confirmation was asked for. */
    CONFIRMED_WAS_LATEST("nobody else's later leadership had begun when a confirmation was asked for");

    private final String sentence;

    Rule(String sentence) {
        this.sentence = sentence;
    }

    @Override
    public String toString() {
        return sentence;
    }
}
