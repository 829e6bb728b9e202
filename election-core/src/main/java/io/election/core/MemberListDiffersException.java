package io.election.core;

import java.util.List;

/**
 * Thrown when the configuration lists other members than the cluster was founded with. Two lists could make two
 * quorums.
 */
public final class MemberListDiffersException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final transient List<ListedMember> founded;
    private final transient List<ListedMember> configured;

    MemberListDiffersException(List<ListedMember> founded, List<ListedMember> configured) {
        super("The cluster was founded with the members " + describe(founded) + ", but the configuration lists "
                + describe(configured) + ". Two lists could make two quorums, so this member does not start.");
        this.founded = List.copyOf(founded);
        this.configured = List.copyOf(configured);
    }

    private static String describe(List<ListedMember> members) {
        return members.stream()
                .map(m -> m.id() + " (" + m.kind().name().toLowerCase(java.util.Locale.ROOT) + ")")
                .toList()
                .toString();
    }

    /**
     * The members with which the cluster was founded.
     *
     * @return ids and kinds
     */
    public List<ListedMember> getFounded() {
        return founded;
    }

    /**
     * The members that the configuration lists.
     *
     * @return ids and kinds
     */
    public List<ListedMember> getConfigured() {
        return configured;
    }
}
