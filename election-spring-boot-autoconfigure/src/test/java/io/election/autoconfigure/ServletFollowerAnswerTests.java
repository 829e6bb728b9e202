package io.election.autoconfigure;

import io.election.NotLeaderException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** Spring MVC on Tomcat. */
class ServletFollowerAnswerTests extends FollowerAnswerContract {

    @Override
    Class<?> webStack() {
        return Mvc.class;
    }

    @Override
    WebApplicationType type() {
        return WebApplicationType.SERVLET;
    }

    @Override
    Class<?> ownHandlerOfFailures() {
        return OwnResolver.class;
    }

    @Override
    String contextPath() {
        return "server.servlet.context-path";
    }

    @EnableAutoConfiguration
    @Configuration(proxyBeanMethods = false)
    static class Mvc {

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.csrf(csrf -> csrf.disable())
                    .authorizeHttpRequests(all -> all.anyRequest().permitAll())
                    .build();
        }

        @Bean
        RouterFunction<ServerResponse> routes(Orders orders) {
            return RouterFunctions.route()
                    .GET("/functional", request -> ServerResponse.ok().body(orders.close()))
                    .POST("/functional", request -> ServerResponse.ok().body(orders.close()))
                    .build();
        }

        @Bean
        RouterFunction<ServerResponse> carefulRoutes(Orders orders) {
            return RouterFunctions.route()
                    .GET("/functional/handled", request -> ServerResponse.ok().body(orders.close()))
                    .onError(
                            NotLeaderException.class,
                            (failure, request) -> ServerResponse.status(409).body("handled by the endpoint"))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnResolver {

        @Bean
        HandlerExceptionResolver ownResolver() {
            return new HandlerExceptionResolver() {
                @Override
                public ModelAndView resolveException(
                        HttpServletRequest request,
                        HttpServletResponse response,
                        @Nullable Object handler,
                        Exception failure) {
                    try {
                        response.setStatus(409);
                        response.getWriter().write("handled by the application");
                    } catch (IOException ex) {
                        throw new UncheckedIOException(ex);
                    }
                    return new ModelAndView();
                }
            };
        }
    }
}
