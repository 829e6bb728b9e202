package io.election.discovery;

/** The kinds of records that are asked for. */
enum DnsKind {
    A(1),
    AAAA(28),
    SRV(33);

    final int number;

    DnsKind(int number) {
        this.number = number;
    }
}
