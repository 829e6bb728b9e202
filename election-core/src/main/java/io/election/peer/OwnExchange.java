package io.election.peer;

/** A request whose head was read by the election itself, so that what is in it need not be copied to be checked. */
interface OwnExchange extends PeerEndpoint.Exchange {

    /** The head, as it came. */
    HttpHead head();
}
