package io.election.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * On a test class, next to {@code @SpringBootTest}: its context's leadership is a {@link TestLeadership}, which the test
 * injects, grants and revokes. No port is opened, no file written, no member contacted, and nothing has to be waited for.
 *
 * <p>A {@code @SpringBootTest} without this annotation has such a leadership too, as long as this module is on its class path
 * and {@code election.test.replace} is not {@code false}. The annotation says whether it leads, puts it into test slices such
 * as {@code @WebMvcTest} as well, and prevails over {@code election.enabled=false} and over the properties
 * {@code election.test.replace} and {@code election.test.leading}.
 *
 * <p>Before each test method the leadership is as {@link #leading} says, after each nobody leads. Neither makes another context:
 * classes that differ only in that share a cached one. An application that a test starts by itself, as with
 * {@code SpringApplication.run}, is a real member.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureTestLeadership {

    /**
     * Whether this member is elected anew before each test method, so that it leads.
     *
     * @return {@code false} by default: nobody leads until the test says so
     */
    boolean leading() default false;

    /**
     * Whether the leadership is in the test's hands.
     *
     * @return {@code false} for the real member, which takes part in the election as it does in production
     */
    boolean replace() default true;
}
