package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.node.WhyNobodyLeads;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why the member that is asked knows no leader.
 *
 * @param summary one sentence
 * @param members of each member, what it does about it or what keeps it from that
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record WhyNobodyLeadsDescriptor(String summary, List<Member> members) {

    static @Nullable WhyNobodyLeadsDescriptor of(@Nullable WhyNobodyLeads why) {
        return why == null
                ? null
                : new WhyNobodyLeadsDescriptor(
                        Character.toUpperCase(why.summary().charAt(0))
                                + why.summary().substring(1) + ".",
                        why.members().stream()
                                .map(m -> new Member(m.id(), m.reached(), m.asked(), m.why()))
                                .toList());
    }

    /**
     * One member.
     *
     * @param id its id
     * @param reached whether the member that is asked reaches it; {@code null} where it does not know
     * @param asked whether it was asked for its vote in the last election that the member that is asked stood for
     * @param why what it does about it, or what keeps it from that
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Member(String id, @Nullable Boolean reached, boolean asked, String why) {}
}
