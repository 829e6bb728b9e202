package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.InvalidElectionConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which urls a member may have, and which of them lead to one place. */
class MemberUrlTests {

    @ParameterizedTest
    @CsvSource({
        "http://[::1]:8080, http://[0:0:0:0:0:0:0:1]:8080",
        "http://[::1]:8080, http://127.0.0.1:8080",
        "http://localhost:8080, http://127.0.0.1:8080",
        "http://localhost.:8080, http://[::ffff:127.0.0.1]:8080",
        "http://LOCALHOST.localdomain:8080, http://127.000.0.01:8080",
        "http://h2:8080, http://h2.:8080",
        "http://h2.example.com:8080, HTTP://H2.Example.COM.:8080/",
        "http://10.0.0.1:8080, http://[::ffff:a00:1]:8080",
        "http://[2001:db8::A]:8080, http://[2001:0DB8:0:0::a]:8080",
        "http://[fe80::1%25eth0]:8080, http://[FE80:0::1%25eth0]:8080",
        "http://h, http://h:80",
        "https://h, https://h:443/",
        "https://h:8443, http://h:8443",
        "http://h:1/shop, http://h:1/shop/",
        "http://h:1/shop, http://h:1//shop//",
        "http://h:1/shop, http://h:1/s%68op",
        "http://h:1/a%2fb, http://h:1/a%2Fb",
        "http://h:1/shop, http://h:1/./old/../shop",
        "http://h:1, ' http://h:1/ '"
    })
    void onePlaceInTwoSpellings(String one, String other) {
        assertThat(place(one)).isEqualTo(place(other));
    }

    @ParameterizedTest
    @CsvSource({
        "http://h:8080, http://h:8081",
        "http://h, https://h",
        "http://h:1/shop, http://h:1/Shop",
        "http://h:1/shop, http://h:1",
        "http://h:1/a%2Fb, http://h:1/a/b",
        "http://127.0.0.1:8080, http://127.0.0.2:8080",
        "http://10.0.0.1:8080, http://[2001:db8::1]:8080",
        "http://[fe80::1%25eth0]:8080, http://[fe80::1%25eth1]:8080",
        "http://h2:8080, http://h2.example.com:8080"
    })
    void twoPlaces(String one, String other) {
        assertThat(place(one)).isNotEqualTo(place(other));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "http://0.0.0.0:8080        | '0.0.0.0' is an address to listen on",
                "http://000.0.0.0:8080      | '000.0.0.0' is an address to listen on",
                "http://[::]:8080           | '[::]' is an address to listen on",
                "http://[0:0:0:0:0:0:0:0]:1 | is an address to listen on",
                "http://[::ffff:0.0.0.0]:1  | is an address to listen on",
                "http://224.0.0.1:8080      | not the address of a single host",
                "http://[ff02::1]:8080      | not the address of a single host",
                "http://255.255.255.255:1   | not the address of a single host",
                "http://order_service:8080  | 'order_service' contains an underscore ('_')",
                "http://hö:8080             | 'hö' contains 'ö'",
                "http://a*:8080             | 'a*' contains '*'",
                "http://::1:8080            | an IPv6 address stands in brackets",
                "http://fe80::1             | an IPv6 address stands in brackets",
                "http://[::1::2]:8080       | that is not a url",
                "http://256.0.0.1:8080      | '256.0.0.1' is neither an IPv4 address nor a host name",
                "http://127.1:8080          | '127.1' is neither an IPv4 address nor a host name",
                "http://-a:8080             | '-a' is neither an IPv4 address nor a host name",
                "http://a..b:8080           | 'a..b' is neither an IPv4 address nor a host name",
                "http://h:80a               | its port '80a' is not a number",
                "http://h:-1                | its port '-1' is not a number",
                "http://h:                  | no port after the last colon",
                "http://h:/shop             | no port after the last colon",
                "http://h:0                 | not between 1 and 65535",
                "http://h:65536             | not between 1 and 65535",
                "http://:8080               | names no host",
                "http:///shop               | names no host",
                "http:h                     | names no host",
                "h:8080                     | http:// or https://",
                "ws://h:8080                | http:// or https://",
                "http://user@h:8080         | no user, query or fragment",
                "http://@h:8080             | no user, query or fragment",
                "http://user:pass@h_h:8080  | no user, query or fragment",
                "http://h:8080?x=1          | no user, query or fragment",
                "http://h:8080/?            | no user, query or fragment",
                "http://h:8080#top          | no user, query or fragment",
                "http://${HOST}:8080        | not a url"
            })
    void refusesWhatLeadsToNoMember(String url, String reason) {
        assertThatExceptionOfType(InvalidElectionConfigurationException.class)
                .isThrownBy(() -> MemberUrl.parse("election.members[0].url", url))
                .withMessageContaining("'election.members[0].url' is '" + url.replace(":pass@", ":***@") + "'")
                .withMessageContaining(reason)
                .satisfies(refused -> assertThat(refused.getAction()).isNotBlank());
    }

    private static String place(String url) {
        return MemberUrl.parse("election.members[0].url", url).place();
    }
}
