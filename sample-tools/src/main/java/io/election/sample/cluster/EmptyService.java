package io.election.sample.cluster;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;

/** A service that does nothing, with the starter or, its auto-configurations excluded, without: what the bench compares. It
 * has no database, unlike the sample, whose settings it shares. */
@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
public class EmptyService {

    public static void main(String[] args) {
        SpringApplication.run(EmptyService.class, args);
    }
}
