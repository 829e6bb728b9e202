package io.election.node;

import io.election.core.Contact;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Membership;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.MemberState;
import io.election.peer.PeerHandler;
import io.election.peer.PresenceQuestion;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes what peers ask during one run: messages for the loop, and the question whether this member is there. */
final class PeerRequests implements PeerHandler {

    private final ElectionNode node;
    private final NodeRun run;
    private final ElectionSettings election;
    private final String incarnation;

    PeerRequests(ElectionNode node, NodeRun run, ElectionSettings election, String incarnation) {
        this.node = node;
        this.run = run;
        this.election = election;
        this.incarnation = incarnation;
    }

    @Override
    public void handle(Request request, Consumer<Response> reply) {
        ImageServer images = run.images();
        if (images != null && request instanceof Request.FetchImage fetch) {
            images.answer(fetch, reply);
        } else {
            run.loop().receive(request, reply);
        }
    }

    /** Answered from memory, without the loop. */
    @Override
    public @Nullable MemberState describe(String asker, PresenceQuestion question) {
        Contact contact = question.contact();
        if (contact != null) {
            run.peers().addresses().announced(asker, contact);
        }
        if (!node.isRunning()) {
            return null;
        }
        run.peers().says(asker, question.links());
        run.editions().asked(asker, question.memory(), run.peers().reached(asker) != null);
        ElectionView view = node.published().view();
        Membership membership = view.membership();
        String named = membership == null
                ? null
                : membership
                        .member(asker)
                        .map(EnrolledMember::incarnation)
                        .filter(known -> !known.isEmpty())
                        .orElse(null);
        return new MemberState(
                node.isReady(),
                node.holds(),
                incarnation,
                LostMemories.isSettled(view, election.nodeId()),
                membership == null ? null : membership.clusterId(),
                named,
                election.listed(),
                run.peers().judgedWithoutMemory(),
                run.editions().ownEdition(),
                run.editions().of(asker),
                run.peers().addresses().sought(asker, question),
                view.leader() == null);
    }

    @Override
    public PresenceQuestion question(String member) {
        return run.peers().question(member).with(run.editions().ownMemory()).with(node.links(run));
    }
}
