package io.election;

import org.jspecify.annotations.Nullable;

/**
 * A setting of the election or of a fence with which the application must not start. Spring Boot shows it as a failure
 * analysis.
 */
public final class InvalidElectionConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String property;
    private final @Nullable String value;
    private final String reason;
    private final String action;

    /**
     * Describes a wrong setting.
     *
     * @param property its full name, such as {@code election.members[1].url}
     * @param value what it is set to, never a secret; {@code null} if it is not set
     * @param reason why it is wrong: a clause that continues a sentence after "but"
     * @param action what to write instead: one or more sentences
     */
    public InvalidElectionConfigurationException(
            String property, @Nullable Object value, String reason, String action) {
        this(property, value, reason, action, null);
    }

    /**
     * Describes a wrong setting that another exception revealed.
     *
     * @param property its full name, such as {@code election.members[1].url}
     * @param value what it is set to, never a secret; {@code null} if it is not set
     * @param reason why it is wrong: a clause that continues a sentence after "but"
     * @param action what to write instead: one or more sentences
     * @param cause the exception that revealed it
     */
    public InvalidElectionConfigurationException(
            String property, @Nullable Object value, String reason, String action, @Nullable Throwable cause) {
        super(describe(property, value, reason) + " " + action, cause);
        this.property = property;
        this.value = value == null ? null : value.toString();
        this.reason = reason;
        this.action = action;
    }

    private static String describe(String property, @Nullable Object value, String reason) {
        return "The property '" + property + "' " + (value == null ? "is not set" : "is '" + value + "'") + ", but "
                + reason + (reason.endsWith(".") ? "" : ".");
    }

    /**
     * What is wrong, in one or more sentences.
     *
     * @return names the property, its value and the reason
     */
    public String getDescription() {
        return describe(property, value, reason);
    }

    /**
     * The setting.
     *
     * @return its full name, such as {@code election.members[1].url}
     */
    public String getProperty() {
        return property;
    }

    /**
     * What it is set to.
     *
     * @return the value, never a secret; {@code null} if it is not set
     */
    public @Nullable String getValue() {
        return value;
    }

    /**
     * Why the setting is wrong.
     *
     * @return a clause
     */
    public String getReason() {
        return reason;
    }

    /**
     * What to write instead.
     *
     * @return one or more sentences
     */
    public String getAction() {
        return action;
    }
}
