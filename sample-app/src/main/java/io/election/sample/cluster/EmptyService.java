package io.election.sample.cluster;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** A service that does nothing, with the starter or, its auto-configurations excluded, without: what the bench compares. */
@EnableAutoConfiguration
public class EmptyService {

    public static void main(String[] args) {
        SpringApplication.run(EmptyService.class, args);
    }
}
