package io.election.node;

import io.election.core.Contact;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.GatheringSettings;
import io.election.core.Input;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Quorum;
import io.election.discovery.Discovered;
import io.election.discovery.DiscoveryWatch;
import io.election.discovery.MemberDiscovery.Address;
import io.election.peer.PeerIdentity;
import io.election.peer.PeerTransport;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Asks who answers at the addresses that discovery finds, so that the election hears of members and not of addresses: two addresses
 * of one member are one member. Tells the book of addresses, and the election whenever it is told something else than before. A
 * member founds no cluster while somebody is found who does not answer (safety rule 16).
 *
 * <p>While no leader is known, discovery and whoever answers are asked once a second. Once a leader is known, discovery is
 * asked when its answer has become old, and an address only if it is new, or a member is not reached.
 *
 * <p>Any thread may call it; it never blocks.
 */
final class FoundMembers implements PeerWatch.Others, AutoCloseable {

    private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    /** An answer of discovery that is older is not relied on before the founding: it has been asked in vain since. */
    private static final Duration YOUNG = Duration.ofSeconds(3);

    /** As many addresses are asked at a time. */
    private static final int AT_A_TIME = 2;

    private final String cluster;
    private final String nodeId;
    private final Finding finding;
    private final PeerTransport transport;
    private final AddressBook addresses;
    private final Chronicle chronicle;
    private final Consumer<Input> election;
    private final NodeClock clock;
    private final BooleanSupplier reachesAll;
    private final Supplier<Map<String, Boolean>> saidOfLeaders;
    private final @Nullable GatheringSettings gathering;
    private final Supplier<ElectionView> view;
    private final long leaderlessForLongNanos;
    private final boolean announced;
    private final long missingForLongNanos;
    private final DiscoveryWatch watch;

    private final Map<Address, FoundPlace> places = new TreeMap<>();
    private @Nullable String name;
    private boolean otherNameTold;
    private volatile boolean knowsLeader;
    private long leaderlessSinceNanos;
    private volatile @Nullable String lostQuorum;
    /** Since when none of those that were found has known a leader, or {@code null}. */
    private @Nullable Long nobodyLeadsSinceNanos;

    private Set<String> nobodyLeadsAmong = Set.of();
    private volatile boolean nobodyLeads;
    private boolean closed;
    private int asked;
    /** Whether discovery has answered. */
    private boolean hasAnswer;

    /** Whether all that were found first have been asked. */
    private boolean complete;

    private long nextNanos;
    private @Nullable Long withoutOwnSinceNanos;
    private boolean withoutOwnTold;
    private Input.@Nullable Discovered told;

    /**
     * Joins the parts; asks nothing yet.
     *
     * @param reachesAll whether this member reaches all others
     * @param saidOfLeaders of each member that has answered lately, whether it knows no leader
     * @param view what this member's election shows now
     * @param election takes what the election is to be told
     * @param missingForLong after so long it is said that discovery does not find this member itself
     */
    FoundMembers(
            NodeSettings settings,
            Finding finding,
            PeerTransport transport,
            AddressBook addresses,
            Chronicle chronicle,
            NodeClock clock,
            BooleanSupplier reachesAll,
            Supplier<Map<String, Boolean>> saidOfLeaders,
            Supplier<ElectionView> view,
            Consumer<Input> election,
            Duration missingForLong) {
        this.cluster = settings.election().cluster();
        this.nodeId = settings.election().nodeId();
        this.announced = settings.announced();
        this.reachesAll = reachesAll;
        this.saidOfLeaders = saidOfLeaders;
        this.gathering = settings.election().founding().gathering();
        this.view = view;
        this.leaderlessForLongNanos =
                settings.election().electionTimeout().multipliedBy(10).toNanos();
        this.finding = finding;
        this.transport = transport;
        this.addresses = addresses;
        this.chronicle = chronicle;
        this.clock = clock;
        this.election = election;
        this.missingForLongNanos = missingForLong.toNanos();
        this.nextNanos = clock.monotonicNanos();
        this.leaderlessSinceNanos = nextNanos;
        this.watch = new DiscoveryWatch(
                cluster, nodeId, finding.source(), finding.cache(), this::discovered, clock::monotonicNanos);
    }

    /** Begins to ask. The transport has started. */
    void start() {
        watch.start();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        watch.close();
    }

    // ------------------------------------------------------------------------------------------------ asking

    /**
     * Time has passed.
     *
     * @param leaderKnown whether this member knows a leader
     */
    @Override
    public void tick(long nowNanos, boolean leaderKnown) {
        // Each message comes by here.
        if (leaderKnown && knowsLeader) {
            return;
        }
        synchronized (this) {
            if (leaderKnown != knowsLeader) {
                knowsLeader = leaderKnown;
                leaderlessSinceNanos = nowNanos;
            }
            if (leaderKnown) {
                lostQuorum = null;
                nobodyLeads = false;
                nobodyLeadsSinceNanos = null;
            }
            if (leaderKnown || closed || nowNanos - nextNanos < 0) {
                return;
            }
            noticeLostQuorum(nowNanos);
            noticeThatNobodyLeads(nowNanos);
            nextNanos = nowNanos + INTERVAL_NANOS;
            places.values().forEach(FoundPlace::askAgain);
        }
        watch.askSoon();
        proceed();
    }

    /** Discovery has answered, or failed. On its own thread. */
    private void discovered(Discovered now) {
        boolean missing = !reachesAll.getAsBoolean();
        boolean isNew = false;
        synchronized (this) {
            if (closed) {
                return;
            }
            if (isOurName(now.name())) {
                isNew = name == null && now.name() != null;
                name = isNew ? now.name() : name;
                hasAnswer |= now.age() != null;
                take(now.addresses(), !knowsLeader || missing);
            } else {
                tellOtherName(now.name());
            }
        }
        if (isNew) {
            transport.foundUnder(String.valueOf(now.name()));
        }
        proceed();
    }

    /** These are found. A member that is not reached may be elsewhere by now, and then all are asked again. */
    private void take(Set<Address> found, boolean askAll) {
        places.keySet().retainAll(found);
        found.forEach(address -> places.computeIfAbsent(
                address, added -> new FoundPlace(cluster, nodeId, added, finding.url(added), chronicle)));
        if (askAll) {
            places.values().forEach(FoundPlace::askAgain);
        }
    }

    private boolean isOurName(@Nullable String found) {
        return found == null || name == null || found.equalsIgnoreCase(name);
    }

    private void tellOtherName(@Nullable String found) {
        if (!otherNameTold) {
            otherNameTold = true;
            chronicle.note(
                    Level.ERROR,
                    "was found under '{}' until now, and discovery names '{}', which is the name of another cluster's members."
                            + " What is found there is left out. Restart this member if it belongs to the other cluster.",
                    name,
                    found);
        }
    }

    /** Asks those who are to be asked, as many at a time as may be, and tells what is known. */
    private void proceed() {
        List<FoundPlace> next = new ArrayList<>();
        synchronized (this) {
            for (FoundPlace place : places.values()) {
                if (place.isDue() && asked < AT_A_TIME && !closed) {
                    place.asked();
                    asked++;
                    next.add(place);
                }
            }
        }
        for (FoundPlace place : next) {
            URI url = place.url();
            if (url == null) {
                answered(place, new PeerIdentity.SomethingElse("the address makes no url"));
            } else {
                transport
                        .identify(url)
                        .whenComplete((who, failure) -> answered(
                                place,
                                failure == null ? who : new PeerIdentity.Nobody(String.valueOf(failure.getMessage()))));
            }
        }
        tell();
    }

    private void answered(FoundPlace place, PeerIdentity who) {
        synchronized (this) {
            asked--;
            place.answered(who, !knowsLeader);
        }
        proceed();
    }

    // ------------------------------------------------------------------------------------------------ what is known

    private void tell() {
        synchronized (this) {
            complete |= hasAnswer && places.values().stream().allMatch(FoundPlace::isKnown);
            // What is found first is told when all of it has been asked. What is found later is told at once, as it
            // contradicts what all have agreed on.
            if (closed || !complete) {
                return;
            }
            noticeOwn();
            Contact own = newOwn();
            if (own != null) {
                election.accept(new Input.ContactIs(own));
            }
            addresses.found(urls());
            Input.Discovered now = known();
            if (!now.equals(told)) {
                told = now;
                // In here, so that nothing older is told after something newer.
                election.accept(now);
            }
        }
    }

    private Input.Discovered known() {
        Set<String> ids = members().keySet().stream()
                .sorted()
                .limit(Message.MOST_MEMBERS - 1)
                .collect(Collectors.toCollection(TreeSet::new));
        ids.add(nodeId);
        Discovered latest = watch.latest();
        Duration maxAge = latest.maxAge() == null ? Duration.ZERO : latest.maxAge();
        Duration counts = maxAge.compareTo(finding.longestAge()) > 0 ? finding.longestAge() : maxAge;
        return new Input.Discovered(ids, unsure(latest), counts.plus(YOUNG));
    }

    /** Why what is known may not be all there is. */
    private @Nullable String unsure(Discovered latest) {
        Duration age = latest.age();
        if (!hasAnswer || age == null) {
            return "discovery has not answered yet";
        }
        if (!isOurName(latest.name())) {
            return "discovery names '" + latest.name() + "', and this member was found under '" + name + "'";
        }
        if (!knowsLeader && latest.state() == Discovered.State.FAILED && age.compareTo(YOUNG) > 0) {
            return "discovery does not answer: " + latest.problem();
        }
        if (places.isEmpty()) {
            return "discovery finds nobody: " + latest.problem();
        }
        List<String> silent = places.values().stream()
                .filter(FoundPlace::isUnsure)
                .map(place -> place.address().toString())
                .toList();
        return silent.isEmpty()
                ? null
                : "no member of this cluster answers at " + String.join(", ", silent) + ", where discovery finds one";
    }

    /** Where each member is found, this one included; of two addresses of one member the first one is its first choice. */
    private Map<String, List<String>> members() {
        Map<String, List<String>> members = new TreeMap<>();
        places.values().forEach(place -> {
            String id = place.member();
            if (id != null) {
                members.computeIfAbsent(id, first -> new ArrayList<>()).add(String.valueOf(place.url()));
            }
        });
        return members;
    }

    private Map<String, List<String>> urls() {
        Map<String, List<String>> urls = members();
        urls.remove(nodeId);
        return urls;
    }

    /** Where this member is reached, if that is new. */
    private @Nullable Contact newOwn() {
        List<String> found = members().get(nodeId);
        if (finding.own() != null || found == null || !announced) {
            return null;
        }
        Contact known = addresses.own();
        return known != null && found.contains(known.url())
                ? null
                : addresses.ownIs(found.get(0), finding.clientUrl(URI.create(found.get(0))));
    }

    // ------------------------------------------------------------------------------------------------ what is missing

    /**
     * Says once that the cluster whose log this member holds cannot come back by itself, because too few of its voters are found:
     * new members have other ids, and found no cluster while this one remembers the old one.
     */
    private void noticeLostQuorum(long nowNanos) {
        String now = nowNanos - leaderlessSinceNanos < leaderlessForLongNanos ? null : tooFewVoters();
        if (now != null && lostQuorum == null) {
            chronicle.note(Level.ERROR, "{}.", now);
            chronicle.event("quorum-lost", now);
        }
        lostQuorum = now;
    }

    /**
     * Notices that none of those that were found knows a leader, for as long as discovery may show too few of them. While discovery does
     * not answer, nobody knows who is there.
     */
    private void noticeThatNobodyLeads(long nowNanos) {
        Set<String> found = new TreeSet<>(members().keySet());
        found.remove(nodeId);
        if (gathering == null || !isSilent(gathering, found)) {
            nobodyLeadsSinceNanos = null;
        } else if (nobodyLeadsSinceNanos == null || !found.equals(nobodyLeadsAmong)) {
            nobodyLeadsSinceNanos = nowNanos;
        }
        nobodyLeadsAmong = found;
        Long since = nobodyLeadsSinceNanos;
        nobodyLeads = since != null && gathering != null && nowNanos - since >= marginNanos(gathering);
    }

    private boolean isSilent(GatheringSettings wished, Set<String> found) {
        Discovered latest = watch.latest();
        Duration age = latest.age();
        boolean answers = complete && age != null && age.compareTo(YOUNG) <= 0 && !places.isEmpty();
        int unknown =
                (int) places.values().stream().filter(FoundPlace::isUnsure).count();
        return answers && NobodyLeads.amongFound(found, unknown, wished.expected(), saidOfLeaders.get());
    }

    private long marginNanos(GatheringSettings wished) {
        return Math.max(wished.stableMargin().toNanos(), known().staleness().toNanos());
    }

    @Override
    public boolean knowThatNobodyLeads() {
        return nobodyLeads;
    }

    private @Nullable String tooFewVoters() {
        Membership membership = view.get().membership();
        if (membership == null || !complete) {
            return null;
        }
        Set<String> there = members().keySet();
        List<String> voters = membership.members().stream()
                .filter(EnrolledMember::votes)
                .map(EnrolledMember::id)
                .toList();
        List<String> gone = voters.stream()
                .filter(id -> !id.equals(nodeId) && !there.contains(id))
                .toList();
        return voters.size() - gone.size() >= Quorum.of(voters.size())
                ? null
                : "knows no leader, and of the voters of its cluster, " + String.join(", ", voters)
                        + ", discovery does not find "
                        + String.join(", ", gone)
                        + ". If those do not come back, restart this member and all others that were"
                        + " members with it: then those that are found by then found a new cluster";
    }

    @Override
    public @Nullable String lostQuorum() {
        return lostQuorum;
    }

    /** Says once that the others cannot find this member. */
    private void noticeOwn() {
        long now = clock.monotonicNanos();
        if (places.isEmpty() || members().containsKey(nodeId)) {
            withoutOwnSinceNanos = null;
            if (withoutOwnTold) {
                withoutOwnTold = false;
                chronicle.note(Level.INFO, "is found by discovery now.");
            }
            return;
        }
        long since = withoutOwnSinceNanos == null ? now : withoutOwnSinceNanos;
        withoutOwnSinceNanos = since;
        if (!withoutOwnTold && now - since >= missingForLongNanos) {
            withoutOwnTold = true;
            chronicle.note(
                    Level.WARN,
                    "has not found itself for {} s among the addresses of {}: {}. The other members cannot find it either. Check"
                            + " whether the name has the addresses of all members, also before they are ready, and whether"
                            + " this member can reach its own address.",
                    TimeUnit.NANOSECONDS.toSeconds(now - since),
                    finding.source().describe(),
                    places.keySet().stream().map(Address::toString).collect(Collectors.joining(", ")));
            chronicle.event("not-found", finding.source().describe());
        }
    }
}
