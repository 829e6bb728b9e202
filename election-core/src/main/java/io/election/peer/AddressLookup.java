package io.election.peer;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Finds the addresses of a peer's host. */
interface AddressLookup {

    /**
     * Finds them. May block.
     *
     * @param host a name, or an address as it stands in a url
     * @param anew whether a connection to what was found before has failed, so that an answer from a cache may be one that is no
     *     longer true
     * @return at least one, in the order in which they are to be tried
     * @throws UnknownHostException if there is none
     */
    InetAddress[] find(String host, boolean anew) throws UnknownHostException;
}
