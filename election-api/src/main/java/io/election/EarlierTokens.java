package io.election;

import java.util.Optional;

/**
 * Says which fencing tokens were given before, to a member that would found a cluster. Members that remember no earlier cluster know its
 * tokens only by their wall clocks. Where those may have been set back, a bean of this type asks the resource, which knows:
 *
 * <pre>{@code
 * @Bean
 * EarlierTokens earlierTokens(JdbcFence fence) {
 *     return fence::highestToken;
 * }
 * }</pre>
 *
 * <p>It is asked from the start on until the member belongs to a cluster, on a thread of its own. A member that has one founds no cluster
 * before it has answered. So where the resource cannot be reached, no cluster is founded. A cluster that is founded already does not
 * need it.
 */
@FunctionalInterface
public interface EarlierTokens {

    /**
     * Asks for the highest token. May block.
     *
     * @return the highest token that was ever given to any resource that it knows, or empty if there was none
     * @throws Exception if that cannot be found out now; it is asked again
     */
    Optional<FencingToken> highest() throws Exception;
}
