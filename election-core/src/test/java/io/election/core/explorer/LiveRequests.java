package io.election.core.explorer;

import java.util.Arrays;

/** The ids of requests that occur in a state, by member, and their order. */
final class LiveRequests {

    private final long[][] ids;
    private final int[] sizes;

    LiveRequests(int members) {
        ids = new long[members][32];
        sizes = new int[members];
    }

    void add(int member, long id) {
        if (sizes[member] == ids[member].length) {
            ids[member] = Arrays.copyOf(ids[member], 2 * sizes[member]);
        }
        ids[member][sizes[member]++] = id;
    }

    void rank() {
        for (int m = 0; m < ids.length; m++) {
            Arrays.sort(ids[m], 0, sizes[m]);
            int kept = 0;
            for (int i = 0; i < sizes[m]; i++) {
                if (kept == 0 || ids[m][kept - 1] != ids[m][i]) {
                    ids[m][kept++] = ids[m][i];
                }
            }
            sizes[m] = kept;
        }
    }

    /** The place of an id among those of its member, or a negative number if it does not occur. */
    int rankOf(int member, long id) {
        return Arrays.binarySearch(ids[member], 0, sizes[member], id);
    }
}
