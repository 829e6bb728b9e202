package io.election;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the application must not start because a setting of the election or of a fence is invalid. Spring Boot
 * shows it as a failure analysis.
 */
public final class InvalidElectionConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String property;
    private final @Nullable String value;
    private final String reason;
    private final String action;

    /**
     * Creates the exception for an invalid setting.
     *
     * @param property its full name, such as {@code election.members[1].url}
     * @param value its value, never a secret; {@code null} if it is not set
     * @param reason why it is invalid: a clause that continues a sentence after "but"
     * @param action what to write instead: one or more sentences
     */
    public InvalidElectionConfigurationException(
            String property, @Nullable Object value, String reason, String action) {
        this(property, value, reason, action, null);
    }

    /**
     * Creates the exception for an invalid setting that another exception revealed.
     *
     * @param property its full name, such as {@code election.members[1].url}
     * @param value its value, never a secret; {@code null} if it is not set
     * @param reason why it is invalid: a clause that continues a sentence after "but"
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
     * @return a description that names the property, its value and the reason
     */
    public String getDescription() {
        return describe(property, value, reason);
    }

    /**
     * The invalid property.
     *
     * @return its full name, such as {@code election.members[1].url}
     */
    public String getProperty() {
        return property;
    }

    /**
     * The value of the property.
     *
     * @return the value, never a secret; {@code null} if it is not set
     */
    public @Nullable String getValue() {
        return value;
    }

    /**
     * Why the setting is invalid.
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
