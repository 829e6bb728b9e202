package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Quorum;
import java.net.URI;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** Checks and reads the list of members. Throws {@link InvalidElectionConfigurationException} for the first wrong entry. */
final class MemberListReader {

    private final List<ElectionProperties.Member> listed;
    private final Map<String, URI> urls = new LinkedHashMap<>();
    private final Map<String, URI> appUrls = new HashMap<>();

    /**
     * Checks each id and url.
     *
     * @param listed the list as it is bound, not empty
     */
    MemberListReader(List<ElectionProperties.Member> listed) {
        this.listed = listed;
        Map<String, String> ids = new HashMap<>();
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < listed.size(); i++) {
            ElectionProperties.Member member = listed.get(i);
            String id = checkId(member.id(), i, ids);
            if (!StringUtils.hasText(member.url())) {
                throw missing(at(i) + ".url", "http://host-" + (i + 1) + ":8080");
            }
            MemberUrl url = MemberUrl.parse(at(i) + ".url", member.url());
            Integer taken = places.putIfAbsent(url.place(), i);
            if (taken != null) {
                throw sameUrl(i, url, taken);
            }
            urls.put(id, url.uri());
            if (member.appUrl() != null) {
                appUrls.put(
                        id, MemberUrl.parse(at(i) + ".app-url", member.appUrl()).uri());
            }
        }
    }

    private static String at(int index) {
        return "election.members[" + index + "]";
    }

    private static String checkId(@Nullable String id, int index, Map<String, String> known) {
        String property = at(index) + ".id";
        if (!StringUtils.hasText(id)) {
            throw missing(property, "node-" + (index + 1));
        }
        if (!ModeReader.NAME.matcher(id).matches()) {
            throw invalid(
                    property,
                    id,
                    "an id, which also names a directory, consists of " + ModeReader.NAME_RULE,
                    "Choose an id like node-" + (index + 1) + ".");
        }
        String same = known.putIfAbsent(id.toLowerCase(Locale.ROOT), at(index));
        if (same != null) {
            throw invalid(
                    property,
                    id,
                    same + " has that id already (upper and lower case are not distinguished)",
                    "Give each member an id of its own.");
        }
        return id;
    }

    private InvalidElectionConfigurationException sameUrl(int index, MemberUrl url, int taken) {
        String first = String.valueOf(listed.get(taken).url()).trim();
        String spelt = first.equals(url.uri().toString()) ? "" : ", spelled '" + first + "'";
        return invalid(
                at(index) + ".url",
                url.uri(),
                at(taken) + " has that url already" + spelt + ", and two members cannot share a url",
                "Give each member the url at which the others reach that member, and no other one.");
    }

    private static InvalidElectionConfigurationException missing(String property, String example) {
        return invalid(
                property,
                null,
                "each member needs an id and a url",
                "Set it, like " + property + "=" + example + ". If it is set in a file: a list is never combined from"
                        + " several sources, and one environment variable such as ELECTION_MEMBERS_0_URL replaces the"
                        + " whole list of application.yml. Give the whole list in one place, for example in the"
                        + " environment variable ELECTION_MEMBERS=node-1=http://host-1:8080,node-2=http://host-2:8080.");
    }

    /** Where the members reach each other, by id, in the list's order. */
    Map<String, URI> urls() {
        return urls;
    }

    /** The members as the election knows them. */
    List<Member> members() {
        return listed.stream()
                .map(m -> new Member(id(m), m.kind(), m.priority(), m.initialLeader()))
                .toList();
    }

    /**
     * Which of them this is.
     *
     * @param set what {@code election.node-id} is set to
     * @param hostNames the short names of this host, asked for only where no node id is set
     */
    String nodeId(@Nullable String set, Supplier<List<String>> hostNames) {
        List<String> ids = List.copyOf(urls.keySet());
        if (StringUtils.hasText(set)) {
            if (urls.containsKey(set)) {
                return set;
            }
            throw invalid(
                    "election.node-id",
                    set,
                    "election.members lists no such member, only " + String.join(", ", ids),
                    "Set it to the id of this member, one of those listed, exactly as it is written there; or add this"
                            + " member to the list on every member.");
        }
        List<String> names = hostNames.get();
        for (String name : names) {
            for (String id : ids) {
                if (id.equalsIgnoreCase(name)) {
                    return id;
                }
            }
        }
        throw invalid(
                "election.node-id",
                null,
                "the name of this host (" + String.join(", ", names) + ") is not the id of a member; the members are "
                        + String.join(", ", ids),
                "Set election.node-id (environment variable ELECTION_NODE_ID) to the id of this member, such as "
                        + ids.get(0) + ".");
    }

    /** Refuses a list with nobody who may lead, and one whose witnesses alone are a quorum. */
    void checkKinds() {
        String summary = String.join(
                ", ",
                listed.stream()
                        .map(m -> m.id() + " (" + m.kind().name().toLowerCase(Locale.ROOT) + ")")
                        .toList());
        if (listed.stream().noneMatch(m -> m.kind() == MemberKind.DATA)) {
            throw invalid(
                    "election.members",
                    summary,
                    "none of them may lead: only members of kind 'data' may",
                    "Remove 'kind' from the members that may lead, or set it to data.");
        }
        int voters = (int) listed.stream().filter(m -> m.kind().votes()).count();
        long witnesses =
                listed.stream().filter(m -> m.kind() == MemberKind.WITNESS).count();
        if (witnesses >= Quorum.of(voters)) {
            throw invalid(
                    "election.members",
                    summary,
                    "the " + witnesses + " witnesses are a quorum of the " + voters + " voters without any data member,"
                            + " so what the leader wrote could be lost",
                    "List fewer witnesses than half of the voters, such as one witness with two data members.");
        }
    }

    /**
     * Where clients reach the members, by id; without those for which it is not known.
     *
     * @param ownPort whether the members' urls lead to a separate port for peers
     * @param redirects whether clients are redirected, so that it has to be known for every member that may lead
     */
    Map<String, String> clientUrls(boolean ownPort, boolean redirects) {
        Map<String, String> clientUrls = new LinkedHashMap<>();
        for (int i = 0; i < listed.size(); i++) {
            ElectionProperties.Member member = listed.get(i);
            String id = id(member);
            URI clientUrl = ownPort ? appUrls.get(id) : appUrls.getOrDefault(id, urls.get(id));
            if (clientUrl != null) {
                clientUrls.put(id, clientUrl.toString());
            } else if (member.kind() == MemberKind.DATA && redirects) {
                throw invalid(
                        at(i) + ".app-url",
                        null,
                        "election.web.on-follower is 'redirect', and it is not known where clients reach '" + id
                                + "': its url leads to the port for peers (election.peer.port)",
                        "Set it, like " + at(i) + ".app-url=http://host-" + (i + 1)
                                + ":8080, for every member that may lead; or set election.web.on-follower=refuse.");
            }
        }
        return clientUrls;
    }

    /** The id of a member that has been checked. */
    private static String id(ElectionProperties.Member member) {
        return String.valueOf(member.id());
    }

    private static InvalidElectionConfigurationException invalid(
            String property, @Nullable Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
