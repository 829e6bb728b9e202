package io.election.autoconfigure;

import io.election.cluster.BareElection;
import java.io.IOException;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** An application that does nothing at all, in a process of its own; it closes its context when its standard input ends. */
@Configuration(proxyBeanMethods = false)
@BareElection
class QuietMember {

    public static void main(String[] args) {
        ConfigurableApplicationContext context = SpringApplication.run(QuietMember.class, args);
        Thread reader = new Thread(() -> closeAtTheEndOfInput(context), "reader");
        // What keeps the JVM alive must not be this.
        reader.setDaemon(true);
        reader.start();
        System.out.println("main has returned");
    }

    private static void closeAtTheEndOfInput(ConfigurableApplicationContext context) {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
        context.close();
    }
}
