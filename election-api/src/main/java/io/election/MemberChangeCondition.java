package io.election;

import org.jspecify.annotations.Nullable;

/**
 * When a change of the members is made.
 *
 * @param version the version of the members that it builds on ({@link ClusterMembers#version()}), or {@code null} for whichever
 *     is in force. Without one, a change whose answer was lost may be made twice.
 * @param force whether it is made although it uses up the last voter to spare, so that whichever fails next leaves no leader.
 *     Nothing else is forced by it.
 */
public record MemberChangeCondition(@Nullable Long version, boolean force) {

    /** Refuses an impossible version. */
    public MemberChangeCondition {
        if (version != null && version < 0) {
            throw new IllegalArgumentException("version must not be negative, but is " + version);
        }
    }

    /**
     * On a version.
     *
     * @param version the version that the change builds on
     * @return the condition, not forced
     */
    public static MemberChangeCondition on(long version) {
        return new MemberChangeCondition(version, false);
    }

    /**
     * The same, forced.
     *
     * @return the condition, with which the last voter to spare may be used up
     */
    public MemberChangeCondition forced() {
        return new MemberChangeCondition(version, true);
    }
}
