package io.election.history;

/** What must hold in every history of named values. */
public enum ValueRule {
    /** There is an order of all operations on a value in which each comes within its time and sees what the one before it left. */
    ONE_AFTER_THE_OTHER("reads and writes of a value take effect one after the other, each within its time"),
    /** What is read was written, and the write had been asked for. */
    ONLY_WHAT_WAS_WRITTEN("nobody reads what nobody wrote"),
    /** However often it is asked for, a write with one id takes effect once at most. */
    ONCE_AT_MOST("a write takes effect once at most"),
    /** What was surely not applied, or refused for its token or for what was there, is never seen. */
    REFUSED_IS_NEVER_SEEN("a write that was refused or surely not applied is never seen"),
    /** Log indexes and versions rise in the order in which writes take effect, and a version stands for one write. */
    FOLLOWS_THE_LOG("writes take effect in the order of their log indexes and versions"),
    /** No write takes effect under a token after one with a greater token. */
    TOKENS_NEVER_FALL("writes take effect under tokens that never fall"),
    /** What one life of a member shows is never older than what it showed before. */
    LOCAL_NEVER_GOES_BACK("what one life of a member shows locally never goes back"),
    /** What is shown is as it was when the asked-for index was applied, or later. */
    LOCAL_SHOWS_WHAT_WAS_AWAITED("what is shown locally is not older than the index that was awaited");

    private final String sentence;

    ValueRule(String sentence) {
        this.sentence = sentence;
    }

    @Override
    public String toString() {
        return sentence;
    }
}
