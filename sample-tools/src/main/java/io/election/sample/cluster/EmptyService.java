package io.election.sample.cluster;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;

/**
 * A service that does nothing, which the bench runs with the starter, and without it by excluding its auto-configurations. Unlike the
 * sample, whose settings it shares, it has no database.
 */
@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
public class EmptyService {

    public static void main(String[] args) {
        SpringApplication.run(EmptyService.class, args);
    }
}
