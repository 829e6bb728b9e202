package io.election.actuate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.util.MimeType;
import org.springframework.util.StreamUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.util.HtmlUtils;

/**
 * A page on which people see the election of this member live: the page at its root, and what the page consists of below it. It
 * reads and changes nothing itself; the page asks the endpoint {@code election}, with the rights of whoever looks at it.
 */
@WebEndpoint(id = ConsoleEndpoint.ID, defaultAccess = Access.READ_ONLY)
public class ConsoleEndpoint {

    /** The endpoint's id. */
    public static final String ID = "electionconsole";

    private static final String DIRECTORY = "io/election/actuate/console/";
    private static final Map<String, MimeType> ASSETS = Map.of(
            "console.css", MimeType.valueOf("text/css;charset=UTF-8"),
            "console.js", MimeType.valueOf("text/javascript;charset=UTF-8"),
            "icon.svg", MimeType.valueOf("image/svg+xml"));

    private final Supplier<Place> place;

    /**
     * Creates the endpoint.
     *
     * @param place where it and the election's endpoint are, asked for each page
     */
    public ConsoleEndpoint(Supplier<Place> place) {
        this.place = place;
    }

    /**
     * Where the endpoints are.
     *
     * @param console this endpoint's path below the base path of all endpoints
     * @param election that of the endpoint {@code election}, or {@code null} if that is not exposed
     * @param actions whether that endpoint lets anybody change anything
     */
    public record Place(String console, @Nullable String election, boolean actions) {

        /** The path of the directory in which the page is, seen from the page. */
        private String up() {
            return "../".repeat(StringUtils.countOccurrencesOf(console, "/"));
        }
    }

    /**
     * The page.
     *
     * @return it, as HTML
     */
    @ReadOperation(produces = "text/html")
    public WebEndpointResponse<Resource> page() {
        Place now = place.get();
        // Relative, so that the page needs not know of a context path, nor of a proxy that takes away a prefix.
        String page = new String(read("index.html"), StandardCharsets.UTF_8)
                .replace("{{assets}}", HtmlUtils.htmlEscape(now.up() + now.console()))
                .replace("{{election}}", now.election() == null ? "" : HtmlUtils.htmlEscape(now.up() + now.election()))
                .replace("{{actions}}", String.valueOf(now.actions()));
        return answer(page.getBytes(StandardCharsets.UTF_8), MimeType.valueOf("text/html;charset=UTF-8"));
    }

    /**
     * A part of the page.
     *
     * @param asset its name
     * @return it, or 404 if there is none of this name
     */
    @ReadOperation(produces = {"text/css", "text/javascript", "image/svg+xml"})
    public WebEndpointResponse<Resource> asset(@Selector String asset) {
        MimeType type = ASSETS.get(asset);
        return type == null
                ? new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND)
                : answer(read(asset), type);
    }

    private static WebEndpointResponse<Resource> answer(byte[] content, MimeType type) {
        return new WebEndpointResponse<>(new ByteArrayResource(content), WebEndpointResponse.STATUS_OK, type);
    }

    private static byte[] read(String name) {
        try {
            return StreamUtils.copyToByteArray(
                    new ClassPathResource(DIRECTORY + name, ConsoleEndpoint.class.getClassLoader()).getInputStream());
        } catch (IOException ex) {
            throw new UncheckedIOException("a part of this jar cannot be read: " + name, ex);
        }
    }
}
