package io.election.sample.cluster;

/**
 * A line of the ledger, as it stands in the database.
 *
 * @param number its number; the one after the line before
 * @param token the fencing token under which it was written
 * @param member who wrote it
 */
record LedgerLine(long number, long token, String member) {}
