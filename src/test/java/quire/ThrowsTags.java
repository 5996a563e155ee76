package quire;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.ThrowsTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ThrowTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The {@code @throws} tags of a package's public methods, and what leaves these without one: what
 * they throw themselves, and what the methods of the package that they call say of themselves.
 * Doclint asks for tags of checked exceptions alone.
 */
final class ThrowsTags extends TreePathScanner<Void, Void> {

    /** Of handles that nobody else has. */
    private static final Set<String> NEVER_SEEN = Set.of("LLM: CompletionCancelledException");

    private final DocTrees docs;
    private final Map<String, Set<String>> byMethod = new HashMap<>();
    private final List<String> unnamed = new ArrayList<>();
    private ExecutableElement method;

    private ThrowsTags(DocTrees docs) {
        this.docs = docs;
    }

    /** Of the sources in a folder, without those below it. */
    static ThrowsTags of(Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.list(folder)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-classpath",
                                            System.getProperty("java.class.path")),
                                    null,
                                    files.getJavaFileObjectsFromPaths(
                                            sources.filter(Files::isRegularFile).toList()));
            Iterable<? extends CompilationUnitTree> units = task.parse();
            task.analyze();
            ThrowsTags tags = new ThrowsTags(DocTrees.instance(task));
            tags.scan(units, null);
            return tags;
        }
    }

    /** Method and exception of each that leaves a public method without a tag. */
    List<String> unnamed() {
        return unnamed;
    }

    /** All exceptions that have a tag somewhere. */
    Set<String> named() {
        return byMethod.values().stream()
                .flatMap(Set::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The exceptions of all methods of that name. */
    Set<String> all(String type, String name) {
        return byMethod.getOrDefault(type + "." + name, Set.of());
    }

    @Override
    public Void visitMethod(MethodTree tree, Void nothing) {
        ExecutableElement element = (ExecutableElement) docs.getElement(getCurrentPath());
        if (!element.getModifiers().contains(Modifier.PUBLIC)
                || !element.getEnclosingElement().getModifiers().contains(Modifier.PUBLIC)) {
            return nothing;
        }
        byMethod.computeIfAbsent(name(element), key -> new TreeSet<>()).addAll(tags(element));
        method = element;
        return super.visitMethod(tree, nothing);
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree tree, Void nothing) {
        if (docs.getElement(getCurrentPath()) instanceof ExecutableElement callee
                && method != null) {
            tags(callee).forEach(exception -> leaves(exception, name(callee)));
        }
        return super.visitMethodInvocation(tree, nothing);
    }

    @Override
    public Void visitThrow(ThrowTree tree, Void nothing) {
        if (tree.getExpression() instanceof NewClassTree made && method != null) {
            leaves(made.getIdentifier().toString(), "throw");
        }
        return super.visitThrow(tree, nothing);
    }

    private void leaves(String exception, String where) {
        boolean isSeen =
                !NEVER_SEEN.contains(
                        method.getEnclosingElement().getSimpleName() + ": " + exception);
        if (isSeen && !tags(method).contains(exception)) {
            unnamed.add(method + ": " + exception + " of " + where);
        }
    }

    private Set<String> tags(Element element) {
        DocCommentTree comment = docs.getDocCommentTree(element);
        Set<String> exceptions = new LinkedHashSet<>();
        if (comment != null) {
            comment.getBlockTags().stream()
                    .filter(ThrowsTree.class::isInstance)
                    .map(tag -> ((ThrowsTree) tag).getExceptionName().getSignature())
                    .forEach(exceptions::add);
        }
        return exceptions;
    }

    private static String name(Element element) {
        return element.getEnclosingElement().getSimpleName() + "." + element.getSimpleName();
    }
}
