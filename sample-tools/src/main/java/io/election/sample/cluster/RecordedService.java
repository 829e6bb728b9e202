package io.election.sample.cluster;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;

/** As {@link EmptyService}, with a record of its leadership. */
@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
@Import(LeadershipRecorder.class)
public class RecordedService {

    public static void main(String[] args) {
        SpringApplication.run(RecordedService.class, args);
    }
}
