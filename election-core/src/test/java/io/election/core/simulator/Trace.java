package io.election.core.simulator;

import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.Message;
import io.election.core.Observation;
import io.election.core.Payload;
import io.election.core.Refusal;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.Snapshot;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;

/** What happened in a run, line by line, for a person. Off in bulk runs: a failing seed is run again with it on. */
final class Trace {

    private final List<String> lines = new ArrayList<>();
    private final boolean on;

    Trace(boolean on) {
        this.on = on;
    }

    boolean isOn() {
        return on;
    }

    /** Adds a line; callers on hot paths ask {@link #isOn()} first, so that nothing is formatted in vain. */
    void add(long nowNanos, String who, String what) {
        if (on) {
            lines.add(String.format(Locale.ROOT, "%13.6f  %-4s %s", nowNanos / 1e9, who, what));
        }
    }

    List<String> lines() {
        return lines;
    }

    String last(int count) {
        return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
    }

    static String describe(Input input) {
        if (input instanceof Input.RequestReceived i) {
            return "<- " + describe(i.request()) + " {" + i.exchange() + "}";
        }
        if (input instanceof Input.ResponseReceived i) {
            return "<- " + describe(i.response());
        }
        if (input instanceof Input.Propose i && i.payload() instanceof Payload.Application application) {
            return "<- Propose[call=" + i.call() + ", payload=Application[data=" + text(application) + "]]";
        }
        return "<- " + input;
    }

    static String describe(Effect effect) {
        if (effect instanceof Effect.Send e) {
            return "send " + describe(e.request());
        }
        if (effect instanceof Effect.Reply e) {
            return "reply {" + e.exchange() + "} " + describe(e.response()) + after(e.afterWrite());
        }
        if (effect instanceof Effect.Persist e) {
            StringBuilder text = new StringBuilder("persist #").append(e.write());
            for (DurableRecord change : e.records()) {
                text.append(" [").append(describe(change)).append(']');
            }
            return text.toString();
        }
        if (effect instanceof Effect.Observed e) {
            return "observed " + describe(e.observation());
        }
        if (effect instanceof Effect.LeadershipGained e) {
            return "GAINED term " + e.term() + " token " + e.token() + ' ' + describe(e.lease());
        }
        if (effect instanceof Effect.LeaseExtended e) {
            return "lease of term " + e.term() + ' ' + describe(e.lease());
        }
        if (effect instanceof Effect.Apply e) {
            return "apply " + describe(e.entries().get(0).position()) + " to "
                    + describe(e.entries().get(e.entries().size() - 1).position());
        }
        if (effect instanceof Effect.RetainImages e) {
            return "retain images "
                    + new TreeSet<>(e.keep().stream().map(Trace::describe).toList());
        }
        if (effect instanceof Effect.LeadershipEnded e) {
            return "ENDED term " + e.term() + ' ' + e.reason();
        }
        return withoutPause(effect.toString());
    }

    /** Most memberships have no pause, which is not worth a word. */
    private static String withoutPause(String text) {
        return text.replace(", pause=null]", "]");
    }

    private static String after(long write) {
        return write == 0 ? "" : " after #" + write;
    }

    private static String describe(Lease lease) {
        return lease.end() == null
                ? "unlimited"
                : "until " + millis(lease.end().monotonicNanos()) + " wall "
                        + lease.end().wallMillis();
    }

    static String describe(DurableRecord change) {
        if (change instanceof DurableRecord.HardStateChanged c) {
            return "term " + c.state().term() + " vote " + c.state().votedFor() + " promise "
                    + describe(c.state().promise());
        }
        if (change instanceof DurableRecord.EntryAppended c) {
            return describe(c.entry());
        }
        if (change instanceof DurableRecord.LogTruncated c) {
            return "cut from " + c.fromIndex();
        }
        if (change instanceof DurableRecord.CommitKnown c) {
            return "committed up to " + c.index();
        }
        return "snapshot " + describe(((DurableRecord.SnapshotReplaced) change).snapshot());
    }

    private static String describe(Snapshot snapshot) {
        return describe(snapshot.last()) + (snapshot.membership() == null ? "" : " " + members(snapshot.membership()));
    }

    private static String members(io.election.core.Membership membership) {
        StringBuilder text = new StringBuilder("(");
        membership
                .members()
                .forEach(m -> text.append(m.id())
                        .append('=')
                        .append(m.incarnation())
                        .append(m.standing() == null ? "" : " " + m.standing())
                        .append('@')
                        .append(m.namedAt())
                        .append(' '));
        return text.append("of ")
                .append(membership.clusterId())
                .append(membership.pause() == null ? "" : " " + membership.pause())
                .append(')')
                .toString();
    }

    static String describe(Entry entry) {
        Payload payload = entry.payload();
        String what;
        if (payload instanceof Payload.TermOpening p) {
            what = "opening by " + p.leader() + (p.position() == null ? "" : " app " + describe(p.position()))
                    + (p.founding() == null ? "" : " founding " + members(p.founding()));
        } else if (payload instanceof Payload.MembershipChange p) {
            what = "members " + members(p.membership());
        } else if (payload instanceof Payload.Application p) {
            what = "'" + text(p) + "'";
        } else {
            what = "withheld";
        }
        return describe(entry.position()) + ' ' + what;
    }

    private static String text(Payload.Application payload) {
        // What a state machine reads is no text.
        return payload.type().equals("test")
                ? new String(payload.data().toArray(), StandardCharsets.UTF_8)
                : payload.type()
                        + ' '
                        + Integer.toHexString(Arrays.hashCode(payload.data().toArray()));
    }

    static String describe(LogPosition position) {
        return position == null ? "none" : position.term() + "/" + position.index();
    }

    static String describe(Message message) {
        StringBuilder text = new StringBuilder()
                .append(message.header().from())
                .append('>')
                .append(message.header().to())
                .append(" r")
                .append(message.header().requestId())
                .append(message.header().settled() ? "" : " unsettled")
                .append(' ');
        if (message instanceof Request.Vote r) {
            text.append(r.phase())
                    .append(" term ")
                    .append(r.term())
                    .append(" last ")
                    .append(describe(r.last()));
            if (r.application() != null) {
                text.append(" app ").append(describe(r.application()));
            }
            if (r.receiverNamedAt() > 1) {
                text.append(" named@").append(r.receiverNamedAt());
            }
            if (r.founding() != null) {
                text.append(" founding");
            }
            if (r.proof() != null) {
                text.append(" proof ")
                        .append(r.proof().leader())
                        .append('/')
                        .append(r.proof().term());
            }
        } else if (message instanceof Request.FromLeader r) {
            text.append(r.getClass().getSimpleName()).append(" term ").append(r.term());
            text.append(" commit ").append(r.commitIndex()).append(" promise ").append(describe(r.promise()));
            if (r instanceof Request.Append append) {
                text.append(" after ").append(describe(append.previous()));
                append.entries()
                        .forEach(e -> text.append(" [").append(describe(e)).append(']'));
            } else if (r instanceof Request.InstallSnapshot install) {
                text.append(" snapshot ").append(describe(install.snapshot()));
            } else if (r instanceof Request.Heartbeat heartbeat && heartbeat.watermark() != null) {
                text.append(" watermark ").append(describe(heartbeat.watermark()));
            }
        } else if (message instanceof Request.Ping) {
            text.append("PING");
        } else if (message instanceof Request.Leave) {
            text.append("LEAVE");
        } else if (message instanceof Request.Change r) {
            text.append("CHANGE ").append(r.action()).append(' ').append(r.member());
        } else if (message instanceof Response.Change r) {
            text.append("CHANGE ").append(r.outcome());
        } else if (message instanceof Request.Propose r) {
            text.append("PROPOSE ")
                    .append(r.entries().size())
                    .append(" in term ")
                    .append(r.leadersTerm());
        } else if (message instanceof Request.ReadIndex) {
            text.append("READ_INDEX");
        } else if (message instanceof Response.Propose r) {
            text.append("PROPOSE ").append(r.outcome()).append(" term ").append(r.term());
        } else if (message instanceof Response.ReadIndex r) {
            text.append("READ_INDEX ").append(r.index()).append(" term ").append(r.term());
        } else if (message instanceof Request.Announce r) {
            text.append("ANNOUNCE ").append(r.kind());
        } else if (message instanceof Request.TimeoutNow r) {
            text.append("TIMEOUT_NOW proof ")
                    .append(r.proof().leader())
                    .append('/')
                    .append(r.proof().term());
            text.append(" expected ").append(describe(r.expected()));
        } else {
            Response response = (Response) message;
            text.append(response.refusal() == null ? "OK " : "REFUSED ");
            if (response instanceof Response.Vote r) {
                text.append(r.phase()).append(" asked ").append(r.askedTerm()).append(" own term ");
            } else {
                text.append(response.getClass().getSimpleName()).append(" term ");
            }
            text.append(response.term());
            if (response instanceof Response.Append r) {
                text.append(" index ").append(r.index());
            } else if (response instanceof Response.Heartbeat r) {
                text.append(" last ").append(describe(r.last()));
                if (r.application() != null) {
                    text.append(" app ").append(describe(r.application()));
                }
            }
            if (response.refusal() != null) {
                text.append(' ').append(describe(response.refusal()));
            }
        }
        return text.toString();
    }

    static String describe(Refusal refusal) {
        StringBuilder text = new StringBuilder().append(refusal.reason());
        if (refusal.boundFor() != null) {
            text.append(" for ").append(describe(refusal.boundFor()));
        }
        if (refusal.position() != null) {
            text.append(" at ").append(describe(refusal.position()));
        }
        if (refusal.member() != null) {
            text.append(" to ").append(refusal.member());
        }
        return text.toString();
    }

    /** The sets and maps of an observation have no order of their own: a trace has to come out alike each time. */
    private static String describe(Observation observation) {
        if (observation instanceof Observation.RoundEnded o) {
            TreeMap<String, String> refusals = new TreeMap<>();
            o.refusals().forEach((member, refusal) -> refusals.put(member, describe(refusal)));
            return "round " + o.outcome() + ' ' + o.phase() + " term " + o.term() + " votes " + new TreeSet<>(o.votes())
                    + " of " + o.needed() + " refusals " + refusals + ": " + o.detail();
        }
        if (observation instanceof Observation.RoleChanged o) {
            return "role " + o.from() + " -> " + o.to() + " term " + o.term() + ": " + o.reason();
        }
        if (observation instanceof Observation.VoteDecided o) {
            return (o.refusal() == null ? "granted " : "refused ") + o.phase() + " to " + o.candidate() + " term "
                    + o.term() + (o.refusal() == null ? "" : ": " + describe(o.refusal()));
        }
        return withoutPause(observation.toString());
    }

    private static String describe(Duration duration) {
        return millis(duration.toNanos());
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.3fms", nanos / 1e6);
    }
}
