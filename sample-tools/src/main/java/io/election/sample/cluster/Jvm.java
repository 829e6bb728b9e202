package io.election.sample.cluster;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Another JVM of this user, asked by JMX. The connection has threads in that JVM, which are left out of every answer; it adds a few
 * megabytes to its memory for good.
 */
final class Jvm implements AutoCloseable {

    private static final List<String> ASKING = List.of("RMI ", "JMX ", "Attach Listener");

    private final JMXConnector connector;
    private final MemoryMXBean memory;
    private final ThreadMXBean threads;

    private Jvm(JMXConnector connector) throws IOException {
        this.connector = connector;
        MBeanServerConnection beans = connector.getMBeanServerConnection();
        this.memory = ManagementFactory.newPlatformMXBeanProxy(
                beans, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
        this.threads = ManagementFactory.newPlatformMXBeanProxy(
                beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
    }

    /** What the JVM uses of its heap and beside it. */
    record Memory(long heapBytes, long nonHeapBytes) {}

    /**
     * Connects.
     *
     * @param pid the process of the JVM
     * @throws ClusterException if it cannot be reached
     */
    static Jvm attach(long pid) {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                String address = machine.startLocalManagementAgent();
                return new Jvm(JMXConnectorFactory.connect(new JMXServiceURL(address)));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException | IOException e) {
            throw new ClusterException("The JVM of process " + pid + " cannot be asked: " + e.getMessage(), e);
        }
    }

    /** Collects garbage, and tells what is left. */
    Memory collectGarbage() {
        memory.gc();
        return new Memory(
                memory.getHeapMemoryUsage().getUsed(),
                memory.getNonHeapMemoryUsage().getUsed());
    }

    /** The names of the threads that live, those of this connection left out. */
    List<String> threadNames() {
        List<String> names = new ArrayList<>();
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && !isAsking(thread.getThreadName())) {
                names.add(thread.getThreadName());
            }
        }
        return names;
    }

    /** How much each thread has allocated since its start, by its name and number. */
    Map<String, Long> allocatedBytes() {
        long[] ids = threads.getAllThreadIds();
        long[] bytes = threads.getThreadAllocatedBytes(ids);
        ThreadInfo[] infos = threads.getThreadInfo(ids);
        Map<String, Long> allocated = new TreeMap<>();
        for (int i = 0; i < ids.length; i++) {
            if (infos[i] != null && bytes[i] >= 0 && !isAsking(infos[i].getThreadName())) {
                allocated.put(infos[i].getThreadName() + "#" + ids[i], bytes[i]);
            }
        }
        return allocated;
    }

    /** What was allocated between two answers; a thread that began in between counts from nothing, one that ended does not count. */
    static Map<String, Long> difference(Map<String, Long> before, Map<String, Long> after) {
        Map<String, Long> difference = new TreeMap<>();
        after.forEach((thread, bytes) -> difference.put(thread, bytes - before.getOrDefault(thread, 0L)));
        return difference;
    }

    private static boolean isAsking(String thread) {
        return ASKING.stream().anyMatch(thread::startsWith);
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            // The JVM has ended, or will see that nobody asks any more.
        }
    }
}
