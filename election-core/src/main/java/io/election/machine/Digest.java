package io.election.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers that differ where contents differ, but for an accident: for members that compare their states, not against forgery. The digest
 * of a set is the sum of those of its elements, so that it does not depend on their order and one element can be taken out.
 */
final class Digest {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
    private static final int HALF = 32;

    private Digest() {}

    /** Of two numbers, in this order. */
    static long of(long first, long second) {
        long mixed = (Long.rotateLeft(first, HALF - 1) ^ second) * MULTIPLIER;
        mixed = (mixed ^ (mixed >>> HALF)) * 0xD6E8FEB86659FD93L;
        return mixed ^ (mixed >>> HALF);
    }

    static long of(long first, long second, long... others) {
        long digest = of(first, second);
        for (long other : others) {
            digest = of(digest, other);
        }
        return digest;
    }

    static long of(String text) {
        long digest = text.length();
        for (int i = 0; i < text.length(); i++) {
            digest = (digest ^ text.charAt(i)) * MULTIPLIER;
            digest ^= digest >>> HALF;
        }
        return digest;
    }

    static long of(byte[] bytes) {
        long digest = bytes.length;
        int at = 0;
        for (; at <= bytes.length - Long.BYTES; at += Long.BYTES) {
            digest = (digest ^ (long) LONGS.get(bytes, at)) * MULTIPLIER;
            digest ^= digest >>> HALF;
        }
        for (; at < bytes.length; at++) {
            digest = (digest ^ bytes[at]) * MULTIPLIER;
            digest ^= digest >>> HALF;
        }
        return digest;
    }
}
