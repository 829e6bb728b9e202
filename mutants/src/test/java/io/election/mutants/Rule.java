package io.election.mutants;

/**
 * What mutants break: a safety rule, or a promise of a module outside the engine.
 *
 * @param key the safety rule's number, or the promise's name
 * @param text what holds, in short
 */
record Rule(String key, String text) {}
