package io.election.sample.cluster;

import io.election.Leadership;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import io.election.core.StateImages;
import io.election.sample.SampleApplication;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;

/**
 * The sample as users run it, with three things more: its journal's disk can be made slow or full, {@link GuardedWork} uses its
 * leadership, and it takes orders from its standard input, which no fault of a network keeps from it. It ends when whoever gives the orders has gone.
 */
final class FaultyMember {

    static final String DISK_SLOW = "disk slow ";
    static final String DISK_FULL = "disk full";
    static final String DISK_SOUND = "disk sound";
    static final String HAND_OVER = "hand over";

    private static final Disk disk = new Disk();
    private static volatile @Nullable ApplicationContext running;

    private FaultyMember() {}

    public static void main(String[] args) {
        Thread orders = new Thread(FaultyMember::takeOrders, "orders");
        orders.setDaemon(true);
        orders.start();
        SpringApplication application = new SpringApplication(SampleApplication.class);
        application.addInitializers(context -> context.getBeanFactory().addBeanPostProcessor(disk));
        running = application.run(args);
    }

    private static void takeOrders() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String order = in.readLine(); order != null; order = in.readLine()) {
                obey(order);
            }
        } catch (IOException e) {
            System.err.println("No more orders can be read: " + e);
        }
        Runtime.getRuntime().halt(1);
    }

    private static void obey(String order) {
        if (order.startsWith(DISK_SLOW)) {
            disk.delayMillis = Long.parseLong(order.substring(DISK_SLOW.length()));
        } else if (order.equals(DISK_FULL)) {
            disk.full = true;
        } else if (order.equals(DISK_SOUND)) {
            disk.delayMillis = 0;
            disk.full = false;
        } else if (order.startsWith(HAND_OVER)) {
            String to = order.substring(HAND_OVER.length()).trim();
            ApplicationContext context = running;
            if (context != null) {
                context.getBean(Leadership.class).handOver(to.isEmpty() ? null : to);
            }
        } else {
            throw new IllegalArgumentException("No such order: " + order);
        }
    }

    /** Stands between the election and its journal. */
    private static final class Disk implements BeanPostProcessor {

        volatile long delayMillis;
        volatile boolean full;

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            return bean instanceof Journal journal ? new OnDisk(journal, this) : bean;
        }
    }

    private record OnDisk(Journal journal, Disk disk) implements Journal {

        @Override
        public boolean open() throws IOException {
            return journal.open();
        }

        @Override
        public void release() throws IOException {
            journal.release();
        }

        @Override
        public void probe() throws IOException {
            if (disk.full) {
                throw new IOException("No space left on device");
            }
            journal.probe();
        }

        @Override
        public String incarnation() {
            return journal.incarnation();
        }

        @Override
        public DurableState state() {
            return journal.state();
        }

        @Override
        public void append(List<DurableRecord> records) throws IOException {
            if (disk.full) {
                throw new IOException("No space left on device");
            }
            try {
                Thread.sleep(disk.delayMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            journal.append(records);
        }

        @Override
        public StateImages images() {
            return journal.images();
        }

        @Override
        public void compact() throws IOException {
            journal.compact();
        }

        @Override
        public void close() throws IOException {
            journal.close();
        }
    }
}
