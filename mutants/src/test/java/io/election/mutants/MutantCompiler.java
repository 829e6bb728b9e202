package io.election.mutants;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * Compiles changed sources against the unchanged classes.
 *
 * <p>A constant that other files use is copied into their classes, so a mutant must not change one.
 */
final class MutantCompiler implements AutoCloseable {

    private final String classPath;
    private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    private final StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);

    /**
     * Prepares the compiler.
     *
     * @param classPath what the sources are compiled against
     */
    MutantCompiler(String classPath) {
        this.classPath = classPath;
    }

    /**
     * Compiles.
     *
     * @param sources texts by file
     * @param output where the classes go; created if missing
     * @throws IllegalArgumentException if they do not compile, with what the compiler says
     */
    synchronized void compile(Map<Path, String> sources, Path output) {
        try {
            Files.createDirectories(output);
            files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(output));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((file, text) -> units.add(new Text(file.toUri(), text)));
        StringWriter messages = new StringWriter();
        List<String> options = List.of("-proc:none", "-nowarn", "-Xlint:none", "-parameters", "-classpath", classPath);
        if (!compiler.getTask(messages, files, null, options, null, units).call()) {
            throw new IllegalArgumentException("does not compile: " + messages);
        }
    }

    @Override
    public void close() {
        try {
            files.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Text extends SimpleJavaFileObject {

        private final String text;

        Text(URI uri, String text) {
            super(uri, Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
