package io.election.sample.cluster;

import io.election.history.Life;
import io.election.history.ValueCheck;
import io.election.history.ValueOperation;
import io.election.history.ValueRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What all lives of all members recorded of the replicated store ({@link StoreWork}).
 *
 * @param operations what they did, and what they were shown
 */
record StoreRecords(List<ValueOperation> operations) {

    /** Reads the records of a cluster's members. A life that was killed may have left half a line. */
    static StoreRecords of(Iterable<MemberProcess> members) {
        List<ValueOperation> all = new ArrayList<>();
        for (MemberProcess member : members) {
            int number = 0;
            for (Path record : member.records()) {
                Path values = Path.of(record + StoreWork.SUFFIX);
                Life life = new Life(member.id(), ++number);
                try {
                    if (Files.exists(values)) {
                        all.addAll(ValueRecord.parse(
                                life, new String(Files.readAllBytes(values), StandardCharsets.UTF_8)));
                    }
                } catch (IOException e) {
                    throw new ClusterException("The record " + values + " cannot be read: " + e.getMessage(), e);
                }
            }
        }
        return new StoreRecords(all);
    }

    /** What is wrong with them, one sentence or more for each fault: an acknowledged write that is lost, or one that took effect twice. */
    List<String> faults() {
        ValueCheck.Result result = ValueCheck.check(operations);
        List<String> faults = new ArrayList<>();
        result.violations().forEach(violation -> faults.add(violation.toString()));
        result.undecided()
                .forEach(name ->
                        faults.add("It could not be decided whether the operations on " + name + " are sound."));
        return faults;
    }

    /** How many writes were acknowledged. */
    long applied() {
        return operations.stream()
                .filter(operation -> operation instanceof ValueOperation.Write write
                        && write.outcome() instanceof ValueOperation.Outcome.Applied)
                .count();
    }

    /** How many writes have no answer that says what became of them. */
    long unknown() {
        return operations.stream()
                .filter(operation -> operation instanceof ValueOperation.Write write
                        && write.outcome() instanceof ValueOperation.Outcome.Unknown)
                .count();
    }

    /** How many reads, linearizable ones and others. */
    long reads() {
        return operations.stream()
                .filter(operation -> !(operation instanceof ValueOperation.Write))
                .count();
    }
}
