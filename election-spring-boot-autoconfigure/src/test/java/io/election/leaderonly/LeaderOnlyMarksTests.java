package io.election.leaderonly;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.LeaderOnly;
import org.junit.jupiter.api.Test;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/** Which classes and methods are for the leader only. */
class LeaderOnlyMarksTests {

    static class Unmarked {
        public void store() {}
    }

    static class Marked {
        @LeaderOnly
        void store() {}
    }

    static class InheritsTheMark extends Marked {}

    interface Archive {
        @LeaderOnly
        void store();
    }

    /** The class that declares the method does not implement the interface. */
    static class ImplementsByInheritance extends Unmarked implements Archive {}

    private final LeaderOnlyPostProcessor.MarkedMethods marked =
            new LeaderOnlyPostProcessor.MarkedMethods(definitions());

    private static LeaderOnlyDefinitions definitions() {
        LeaderOnlyDefinitions definitions = new LeaderOnlyDefinitions();
        definitions.setBeanFactory(new DefaultListableBeanFactory());
        return definitions;
    }

    /** So that the many classes without a mark are searched once, and not once more for a proxy. */
    @Test
    void asksForNoMethodOfAClassWithoutAMark() {
        assertThat(marked.getClassFilter().matches(Unmarked.class)).isFalse();
        assertThat(marked.getClassFilter().matches(Object.class)).isFalse();
    }

    @Test
    void findsMarksOnMethodsOfClassesAndOfTheirInterfaces() throws NoSuchMethodException {
        assertThat(AopUtils.canApply(marked, Marked.class)).isTrue();
        assertThat(AopUtils.canApply(marked, InheritsTheMark.class)).isTrue();
        assertThat(AopUtils.canApply(marked, ImplementsByInheritance.class)).isTrue();
        // This is the method that a proxy of the class calls.
        assertThat(marked.matches(Unmarked.class.getMethod("store"), ImplementsByInheritance.class))
                .isTrue();
        assertThat(marked.matches(Unmarked.class.getMethod("store"), Unmarked.class))
                .isFalse();
    }
}
