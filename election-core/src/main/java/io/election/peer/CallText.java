package io.election.peer;

/**
 * The value of the header {@value Call#HEADER} of one request, before it is written.
 *
 * @param prefix as {@link Call#prefix}
 * @param challenge the receiver's, or empty where there is none yet
 * @param sequence rises with every request under one challenge
 */
record CallText(String prefix, String challenge, long sequence) {

    void write(HttpWriter message) {
        message.text(prefix)
                .text(challenge.isEmpty() ? "-" : challenge)
                .text(" ")
                .number(sequence);
    }

    @Override
    public String toString() {
        return Call.text(prefix, challenge, sequence);
    }
}
