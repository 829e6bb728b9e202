package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.ClusterMembers;
import io.election.MemberChangeCondition;
import io.election.MemberChangeResult;
import io.election.ReplicatedStore;
import io.election.Required;
import io.election.cluster.TestCluster.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

/**
 * The console in a real browser, in front of a real cluster. Where {@code election.console.pictures} names a directory, what it looks
 * like is kept there.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@Tag("cluster")
@Tag("thorough")
class ConsoleBrowserTests {

    private static final Path BROWSER = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

    private static final String PICTURES = System.getProperty("election.console.pictures");

    /** Open to all, but protected against forged requests as the documentation shows. */
    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class ProtectedMember extends MemberApplication {

        @Bean
        SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .csrf(csrf -> csrf.spa())
                    .build();
        }
    }

    @TempDir
    Path directory;

    private ChromeDriver browser;
    private TestCluster cluster;

    @BeforeAll
    static void chromium() {
        Required.orSkip(
                "chromium",
                Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER),
                "chromium (Debian's packages chromium and chromium-driver) is not installed: what the console shows in a"
                        + " browser is not tested");
    }

    @BeforeEach
    void open() throws IOException {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(BROWSER.toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--window-size=1240,1100");
        options.setCapability("goog:loggingPrefs", Map.of(LogType.BROWSER, "ALL"));
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .usingAnyFreePort()
                        .build(),
                options);
        cluster = TestCluster.webWithPeerPorts(ProtectedMember.class, directory, "node-1", "node-2", "node-3")
                .with("election.store.enabled", true)
                .with("election.console.enabled", true)
                .with("management.endpoints.web.exposure.include", "election,electionconsole");
    }

    @AfterEach
    void close() {
        browser.quit();
        cluster.close();
    }

    private void look(String id) {
        browser.get("http://127.0.0.1:" + cluster.serverPort(id) + "/actuator/electionconsole");
    }

    private String text(String id) {
        return browser.findElement(By.id(id)).getText();
    }

    private WebElement element(String css) {
        return browser.findElement(By.cssSelector(css));
    }

    private void awaitText(String id, String part) {
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(text(id)).contains(part));
    }

    /** All at once: the page replaces such elements once a second. */
    private List<String> texts(String css) {
        Object found = browser.executeScript(
                "return Array.from(document.querySelectorAll(arguments[0]), e => e.innerText ?? e.textContent)", css);
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    /** How many links are drawn so. */
    private int links(String how) {
        return browser.findElements(By.cssSelector("#picture line." + how)).size();
    }

    private List<String> rows() {
        return texts("#rows tr");
    }

    private void emulate(String scheme, boolean still) {
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of("name", "prefers-color-scheme", "value", scheme),
                                Map.of(
                                        "name",
                                        "prefers-reduced-motion",
                                        "value",
                                        still ? "reduce" : "no-preference"))));
    }

    private void size(int width, int height) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    /** Of what the window shows. */
    private void picture(String name) throws IOException {
        if (PICTURES != null) {
            Files.write(pictureOf(name), browser.getScreenshotAs(OutputType.BYTES));
        }
    }

    /** Of the whole page. */
    private void wholePicture(String name) throws IOException {
        awaitFit();
        if (PICTURES != null) {
            Object data = browser.executeCdpCommand(
                            "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
                    .get("data");
            Files.write(pictureOf(name), Base64.getDecoder().decode((String) data));
        }
    }

    private static Path pictureOf(String name) {
        return Path.of(PICTURES, "console-" + name + ".png");
    }

    private List<String> lags() {
        return texts("#picture text.lag");
    }

    /** The picture is as wide as it is shown, so that its words are as large as those beside it. */
    private void awaitFit() {
        await().atMost(TestCluster.PATIENCE).until(() -> (Boolean) browser.executeScript(FITS));
    }

    /** Nothing was blocked by the page's policy, and nothing else went wrong in it. */
    private void nothingComplained() {
        assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
                .as("what the browser complained about")
                .noneMatch(entry -> entry.getMessage().contains("Content Security Policy")
                        || entry.getMessage().contains("Uncaught"));
    }

    @Test
    void showsTheMembersAndMovesTheLeadershipOnceItWasAsked() throws Exception {
        cluster.startAll();
        Member leader = cluster.leader();
        emulate("light", false);
        look(leader.id());
        awaitText(
                "verdict", leader.id() + " leads in term " + leader.leadership().term());
        await().atMost(TestCluster.PATIENCE).until(() -> links("up") == 3);
        assertThat(browser.findElements(By.cssSelector("#picture g.node"))).hasSize(3);
        assertThat(element("#picture g.leader title").getDomProperty("textContent"))
                .contains(leader.id());
        assertThat(rows()).hasSize(3).anySatisfy(row -> assertThat(row).contains(leader.id(), "leader"));
        assertThat(text("timeline")).contains("leads");
        assertThat(text("lease")).contains("left");
        assertThat(element("#verdict").getDomAttribute("aria-live")).isEqualTo("polite");
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(lags()).containsExactly("no lag", "no lag", "no lag"));
        assertThat(text("memory")).startsWith("applied up to ");
        emulate("dark", true);
        assertThat(browser.executeScript("return getComputedStyle(document.querySelector('.pulse')).animationName"))
                .isEqualTo("none");

        String other = cluster.others(leader).get(0).id();
        element("#hand-over").click();
        assertThat(element("#ask").isDisplayed()).isTrue();
        picture("dialog");
        element("#ask-cancel").click();
        assertThat(element("#ask").isDisplayed()).isFalse();
        assertThat(leader.leadership().isLeader()).as("nothing was done yet").isTrue();
        element("#hand-over").click();
        element("#ask-member option[value='" + other + "'], #ask-member option").isDisplayed();
        browser.findElements(By.cssSelector("#ask-member option")).stream()
                .filter(option -> option.getText().equals(other))
                .findFirst()
                .orElseThrow()
                .click();
        element("#ask-confirm").click();
        awaitText("result", "HANDED_OVER");
        awaitText("verdict", other + " leads");
        await().atMost(TestCluster.PATIENCE)
                .until(() -> !element("#hand-over").isDisplayed()
                        && !element("#step-down").isDisplayed());
        look(other);
        awaitText("verdict", other + " leads");
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(lags()).containsExactly("no lag", "no lag", "no lag"));
        wholePicture("dark");
        emulate("light", true);
        wholePicture("light");
        nothingComplained();
    }

    @Test
    void saysWhoIsDownAndWhyNobodyLeadsAndThatItHasLostItsMember() throws Exception {
        cluster.startAll();
        Member leader = cluster.leader();
        List<Member> others = cluster.others(leader);
        look(leader.id());
        emulate("light", false);
        awaitText("verdict", leader.id() + " leads");
        String down = others.get(0).id();
        cluster.stop(down);
        await().atMost(TestCluster.PATIENCE).until(() -> links("down") == 2 && links("up") == 1);
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(rows())
                        .anySatisfy(row -> assertThat(row).contains(down, "no", "the connection was closed")));
        assertThat(leader.context()
                        .getBean(ReplicatedStore.class)
                        .value("greeting", String.class)
                        .set("hello")
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS)
                        .wasApplied())
                .isTrue();
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() ->
                        assertThat(lags()).anySatisfy(lag -> assertThat(lag).startsWith("lacks ")));
        wholePicture("one-down");
        cluster.stop(others.get(1).id());
        awaitText("verdict", "Nobody leads");
        await().atMost(TestCluster.PATIENCE).until(() -> links("unknown") == 1 && links("down") == 2);
        awaitText("why-summary", "2 of 3 voters are needed");
        awaitText("why-list", down + ": not reached: the connection was closed");
        wholePicture("nobody-leads");
        emulate("dark", false);
        size(390, 844);
        wholePicture("phone-nobody-leads");
        assertThat((Boolean) browser.executeScript(
                        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                .as("nothing is wider than the phone")
                .isTrue();
        cluster.stop(leader.id());
        awaitText("live-text", "no answer");
        awaitText("notices", "lost the member that it asks");
        picture("phone-lost");
        nothingComplained();
    }

    @Test
    void changesNothingWhereTheAccessIsReadOnly() throws Exception {
        cluster.with("management.endpoint.election.access", "read-only").startAll();
        Member leader = cluster.leader();
        look(leader.id());
        awaitText("verdict", leader.id() + " leads");
        awaitText("actions-note", "Nothing can be changed here");
        assertThat(element("#actions").isDisplayed()).isFalse();
        assertThat(browser.findElements(By.cssSelector("#rows button"))).isEmpty();
        pause(leader);
        awaitText("paused-title", "Leadership paused until ");
        assertThat(element("#resume").isDisplayed()).isFalse();
        size(390, 844);
        emulate("light", false);
        wholePicture("phone");
    }

    private static void pause(Member leader) throws Exception {
        assertThat(leader.context()
                        .getBean(ClusterMembers.class)
                        .pause(
                                Instant.now().plusSeconds(1800),
                                "anna",
                                "new kernels",
                                new MemberChangeCondition(null, false))
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS)
                        .outcome())
                .isEqualTo(MemberChangeResult.Outcome.DONE);
    }

    @Test
    void pausesAndResumesTheLeadershipOnceItWasAskedAndForALengthThatIsGiven() throws Exception {
        cluster.startAll();
        Member leader = cluster.leader();
        Member follower = cluster.others(leader).get(0);
        emulate("light", true);
        look(follower.id());
        awaitText("verdict", leader.id() + " leads");
        await().atMost(TestCluster.PATIENCE).until(() -> links("up") == 3);
        assertThat(element("#paused").isDisplayed()).isFalse();
        assertThat(element("#step-down").isDisplayed()).isFalse();
        element("#pause").click();
        element("#ask-confirm").click();
        assertThat(element("#ask").isDisplayed()).as("without a length").isTrue();
        element("#pause-length").sendKeys("25");
        element("#pause-unit option[value='h']").click();
        element("#ask-confirm").click();
        assertThat(element("#ask").isDisplayed()).as("for too long").isTrue();
        assertThat(leader.status().paused()).as("nothing was done yet").isNull();
        element("#pause-length").clear();
        element("#pause-length").sendKeys("2");
        element("#pause-reason").sendKeys("new kernels on all hosts");
        element("#pause-by").sendKeys("anna");
        picture("pause-asked");
        // As somebody does who has the hands on the keys.
        element("#pause-by").sendKeys(Keys.ENTER);

        awaitText("result", "DONE");
        awaitText("paused-title", "Leadership paused until ");
        assertThat(text("paused-until")).contains(leader.id() + " keeps the leadership", "ends by itself in");
        assertThat(text("paused-why")).isEqualTo("Paused by anna: new kernels on all hosts");
        assertThat(leader.status().paused())
                .isNotNull()
                .satisfies(paused -> assertThat(Duration.between(Instant.now(), Instant.parse(paused.until())))
                        .isBetween(Duration.ofMinutes(110), Duration.ofMinutes(120)));
        await().atMost(TestCluster.PATIENCE).until(() -> !element("#pause").isDisplayed());
        top("paused");
        look(leader.id());
        awaitText("paused-why", "anna");
        assertThat(element("#hand-over").isDisplayed()).isFalse();
        emulate("dark", true);
        size(390, 844);
        wholePicture("phone-paused");

        element("#resume").click();
        element("#ask-cancel").click();
        assertThat(leader.status().paused()).as("only asked").isNotNull();
        element("#resume").click();
        picture("phone-resume-asked");
        element("#ask-confirm").click();
        awaitText("result", "DONE");
        await().atMost(TestCluster.PATIENCE)
                .until(() -> !element("#paused").isDisplayed()
                        && element("#hand-over").isDisplayed());
        assertThat(leader.status().paused()).isNull();
        nothingComplained();
    }

    @Test
    void showsOnOnePageThatTwoOtherMembersDoNotReachEachOther() throws Exception {
        cluster.startAll();
        Member leader = cluster.leader();
        String one = cluster.others(leader).get(0).id();
        String other = cluster.others(leader).get(1).id();
        emulate("light", true);
        look(leader.id());
        await().atMost(TestCluster.PATIENCE).until(() -> links("up") == 3);
        awaitText("picture-note", "as these two said, at most ");
        assertThat(element("#notices").isDisplayed()).isFalse();

        cluster.cut(one, other);
        awaitText("notices", one + " does not reach " + other);
        await().atMost(TestCluster.PATIENCE)
                .until(() -> browser.findElements(
                                        By.cssSelector("#picture line.half[data-pair='" + one + " " + other + "']"))
                                .size()
                        == 1);
        cluster.cut(other, one);
        picture("half");

        await().atMost(TestCluster.PATIENCE)
                .until(() -> browser.findElements(By.cssSelector(
                                                "#picture line.down[data-pair='" + one + " " + other + "']"))
                                        .size()
                                == 1
                        && links("up") == 2);
        awaitText("notices", other + " does not reach " + one);
        assertThat(texts("#picture text.trip.down")).containsExactly("not reached");
        assertThat(texts("#rows td.reaches"))
                .filteredOn(cell -> cell.contains("not "))
                .hasSize(2);
        assertThat(text("verdict")).startsWith(leader.id() + " leads");
        top("partition");
        nothingComplained();
    }

    /** Of what stands above the table. */
    private void top(String name) throws IOException {
        awaitFit();
        if (PICTURES != null) {
            Object height = browser.executeScript(
                    "return document.getElementById('members').getBoundingClientRect().top + window.scrollY - 4");
            Object data = browser.executeCdpCommand(
                            "Page.captureScreenshot",
                            Map.of(
                                    "format",
                                    "png",
                                    "captureBeyondViewport",
                                    true,
                                    "clip",
                                    Map.of("x", 0, "y", 0, "width", 1240, "height", height, "scale", 1)))
                    .get("data");
            Files.write(pictureOf(name), Base64.getDecoder().decode((String) data));
        }
    }

    @Test
    void textsHaveEnoughContrast() throws Exception {
        cluster.startAll();
        Member leader = cluster.leader();
        look(leader.id());
        awaitText("verdict", "leads in term");
        pause(leader);
        awaitText("paused-title", "Leadership paused until ");
        for (String scheme : List.of("light", "dark")) {
            emulate(scheme, true);
            Object worst = browser.executeScript(CONTRAST);
            assertThat(((Number) worst).doubleValue()).as("contrast, " + scheme).isGreaterThanOrEqualTo(4.5);
        }
    }

    private static final String FITS = """
            const picture = document.getElementById('picture');
            const shown = Math.min(600, Math.max(280, picture.getBoundingClientRect().width));
            return Math.abs(picture.viewBox.baseVal.width - shown) <= 1;
            """;

    /** The least contrast of any text to what is behind it, by the formula of WCAG 2. */
    private static final String CONTRAST = """
            const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
            const luminance = (c) => { const [r, g, b] = numbers(c).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
              return .2126 * r + .7152 * g + .0722 * b; };
            const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; const n = numbers(c); if (n.length < 4 || n[3] > 0) return c; }
              return 'rgb(255,255,255)'; };
            let worst = 21;
            document.querySelectorAll('h1,h2,p,dt,dd,th,td,button,li span,time').forEach(e => {
              if (!e.textContent.trim() || e.offsetParent === null) return;
              const a = luminance(getComputedStyle(e).color), b = luminance(behind(e));
              worst = Math.min(worst, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)); });
            return worst;
            """;
}
