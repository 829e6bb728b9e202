package io.election.cluster;

import org.springframework.boot.SpringBootConfiguration;

/** An application without a web server. */
@SpringBootConfiguration
@BareElection
class BareMember extends MemberApplication {}
