package io.election.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolverConfigurationTests {

    @TempDir
    private Path directory;

    private ResolverConfiguration read(String... lines) throws IOException {
        return ResolverConfiguration.read(Files.write(directory.resolve("resolv.conf"), List.of(lines)));
    }

    /** As Kubernetes writes it. */
    @Test
    void readsServersSearchDomainsAndDots() throws IOException {
        ResolverConfiguration read = read(
                "# written by the kubelet",
                "search shop.svc.cluster.local svc.cluster.local cluster.local",
                "nameserver 10.96.0.10",
                "nameserver fd00::a",
                "nameserver not-an-address",
                "nameserver",
                "options ndots:5 edns0 trust-ad");
        assertThat(read.servers())
                .extracting(DnsClient::text)
                .containsExactly("10.96.0.10:53", "[fd00:0:0:0:0:0:0:a]:53");
        assertThat(read.search()).containsExactly("shop.svc.cluster.local", "svc.cluster.local", "cluster.local");
        assertThat(read.dots()).isEqualTo(5);
        assertThat(read.overTcp()).isFalse();
        assertThat(read.namesFor("orders-headless"))
                .containsExactly(
                        "orders-headless.shop.svc.cluster.local",
                        "orders-headless.svc.cluster.local",
                        "orders-headless.cluster.local",
                        "orders-headless");
    }

    @Test
    void theLastSearchListOrDomainCounts() throws IOException {
        assertThat(read("domain one.test", "search two.test three.test").search())
                .containsExactly("two.test", "three.test");
        assertThat(read("search two.test three.test", "domain one.test").search())
                .containsExactly("one.test");
    }

    @Test
    void aNameWithEnoughDotsIsLookedForAsItIsFirst() throws IOException {
        ResolverConfiguration one = read("search a.test");
        assertThat(one.namesFor("orders")).containsExactly("orders.a.test", "orders");
        assertThat(one.namesFor("orders.b")).containsExactly("orders.b", "orders.b.a.test");
        ResolverConfiguration three = read("search a.test", "options ndots:3");
        assertThat(three.namesFor("orders.b.c")).containsExactly("orders.b.c.a.test", "orders.b.c");
        assertThat(three.namesFor("orders.b.c.d")).containsExactly("orders.b.c.d", "orders.b.c.d.a.test");
        assertThat(read("search a.test", "options ndots:0").namesFor("orders"))
                .containsExactly("orders", "orders.a.test");
    }

    @Test
    void aNameWithADotAtItsEndIsWhole() throws IOException {
        assertThat(read("search a.test", "options ndots:5").namesFor("orders.b."))
                .containsExactly("orders.b");
    }

    @Test
    void domainsThatMakeNoNameAreLeftOut() throws IOException {
        assertThat(read("search . a.test. " + "x".repeat(64) + ".test").namesFor("orders"))
                .containsExactly("orders", "orders.a.test");
    }
}
