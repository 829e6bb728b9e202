package io.election.leaderonly;

/** Something that is meant for the leader only could run on every member. Stops the start; shown as a failure analysis. */
public final class InvalidLeaderOnlyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String description;
    private final String action;

    InvalidLeaderOnlyException(String description, String action) {
        super(description + " " + action);
        this.description = description;
        this.action = action;
    }

    /**
     * What is wrong.
     *
     * @return one or more sentences that name the bean and the method
     */
    public String getDescription() {
        return description;
    }

    /**
     * What to do about it.
     *
     * @return one or more sentences
     */
    public String getAction() {
        return action;
    }
}
