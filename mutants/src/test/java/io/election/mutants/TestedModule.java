package io.election.mutants;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A module that mutants change, as the build left it: its sources, its test classes, and the class path on which its own
 * build runs them. Each module's tests need their own: some show what happens where a library is missing.
 */
final class TestedModule implements AutoCloseable {

    /** Where the code of a package below {@code io.election} is. */
    private static final Map<String, String> MODULES = Map.ofEntries(
            Map.entry("core", "election-core"),
            Map.entry("machine", "election-core"),
            Map.entry("memory", "election-core"),
            Map.entry("journal", "election-core"),
            Map.entry("node", "election-core"),
            Map.entry("peer", "election-core"),
            Map.entry("discovery", "election-core"),
            Map.entry("fencing", "election-fencing"),
            Map.entry("fencing.autoconfigure", "election-fencing"),
            Map.entry("leaderonly", "election-spring-boot-autoconfigure"),
            Map.entry("autoconfigure", "election-spring-boot-autoconfigure"),
            Map.entry("actuate", "election-spring-boot-autoconfigure"));

    private static final Map<String, TestedModule> LOADED = new ConcurrentHashMap<>();

    private final Path directory;
    private final Sources sources;
    private final TestClasses tests;
    private final String classPath;
    private final MutantCompiler compiler;

    private TestedModule(Path directory) {
        this.directory = directory;
        sources = new Sources(directory.resolve(Path.of("src", "main", "java", "io", "election")));
        Path target = directory.resolve("target");
        tests = new TestClasses(target.resolve("test-classes"));
        List<String> entries = new ArrayList<>();
        entries.add(target.resolve("classes").toString());
        entries.add(target.resolve("test-classes").toString());
        entries.add(dependencies(target.resolve("test-class-path.txt")));
        classPath = String.join(File.pathSeparator, entries);
        compiler = new MutantCompiler(classPath);
    }

    /** The module that a mutant changes. */
    static TestedModule of(Mutant mutant) {
        String name = MODULES.get(mutant.area());
        if (name == null) {
            throw new IllegalArgumentException("mutant " + mutant.name() + " changes the package '" + mutant.area()
                    + "', of which no module is known: add it to TestedModule, or name one of "
                    + MODULES.keySet().stream().sorted().toList());
        }
        return LOADED.computeIfAbsent(
                name,
                known -> new TestedModule(Path.of("..", known).toAbsolutePath().normalize()));
    }

    private static String dependencies(Path file) {
        try {
            return Files.readString(file).trim();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    file + " is missing: build the module first, as ./mvnw verify -pl mutants -am does", e);
        }
    }

    Path directory() {
        return directory;
    }

    Sources sources() {
        return sources;
    }

    TestClasses tests() {
        return tests;
    }

    MutantCompiler compiler() {
        return compiler;
    }

    /** What its tests run with, the module's own classes first. */
    String classPath() {
        return classPath;
    }

    /** Closes all that were used. */
    static void closeAll() {
        LOADED.values().forEach(TestedModule::close);
        LOADED.clear();
    }

    @Override
    public void close() {
        compiler.close();
    }
}
