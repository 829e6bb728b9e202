package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Texts that are kept, and values in Base64. */
class WordsTests {

    private static String word(String text) {
        byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.ISO_8859_1);
        return Words.of(bytes, 1, bytes.length - 1);
    }

    @Test
    void aTextThatComesAgainIsTheSameString() {
        assertThat(word("node-1")).isEqualTo("node-1").isSameAs(word("node-1"));
        assertThat(word("")).isEmpty();
    }

    /** Many times as many as it keeps, of which any two may have one place. */
    @Test
    void eachOfManyTextsIsReadAsItself() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 20_000; i++) {
                assertThat(word("w" + (100_000 + i))).isEqualTo("w" + (100_000 + i));
            }
        }
    }

    @Test
    void lettersBeyondAsciiAndLongTextsAreReadToo() {
        assertThat(word("élection")).isEqualTo("élection");
        String longest = "x".repeat(Words.LONGEST);
        assertThat(word(longest)).isEqualTo(longest).isSameAs(word(longest));
        assertThat(word(longest + "y")).isEqualTo(longest + "y");
    }

    @Test
    void base64IsThatOfTheJdk() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int length = 0; length < 100; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            assertThat(Base64Url.encode(bytes)).as("seed %s", seed).isEqualTo(text);
            assertThat(Base64Url.decode(text)).as("seed %s", seed).isEqualTo(bytes);
            byte[] within = ("<" + text + ">").getBytes(StandardCharsets.ISO_8859_1);
            assertThat(Base64Url.decode(within, 1, within.length - 1))
                    .as("seed %s", seed)
                    .isEqualTo(bytes);
        }
    }

    @Test
    void whatIsNoBase64HasNoBytes() {
        for (String text :
                new String[] {"A", "AAAAA", "AA+A", "AA/A", "AA=", "AA==", "AA A", "AAé", "AA\u0141", "AA\n"}) {
            assertThat(Base64Url.decode(text)).as(text).isEmpty();
        }
        assertThat(Base64Url.decode(null)).isEmpty();
    }
}
