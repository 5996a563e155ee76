package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import quire.cli.Main;
import quire.error.QuireException;
import quire.grammar.Grammar;
import quire.grammar.constraint.Constraint;
import quire.grammar.gbnf.Gbnf;
import quire.grammar.lark.Lark;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.JsonSchema;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.StructuralTag;
import quire.langchain4j.QuireChatModel;
import quire.langchain4j.QuireTokenCountEstimator;
import quire.scheduler.Scheduler;
import quire.template.ChatTemplate;
import quire.template.TemplateException;
import quire.template.TemplateLimits;
import quire.template.library.Filters;
import quire.template.operations.Attributes;
import quire.template.runtime.Interpreter;
import quire.template.syntax.Tree;
import quire.template.values.Run;
import quire.tokenizer.Tokenizer;

/** The rule itself: arrows that {@link TidyTest} would let pass if the rule were wrong. */
class HouseTest {

    private static void assertSees(boolean allowed, Class<?> from, Class<?> to) {
        assertEquals(
                allowed,
                House.maySee(from.getName(), to.getName()),
                from.getName() + " -> " + to.getName());
    }

    @Test
    void lowerFloorsAreSeenAndHigherOnesAreNot() {
        assertSees(true, Scheduler.class, QuireException.class);
        assertSees(false, QuireException.class, Scheduler.class);
        assertSees(true, Main.class, LLM.class);
        assertSees(false, LLM.class, Main.class);
    }

    @Test
    void adaptersSeeThePublicApiAlone() {
        assertSees(true, QuireChatModel.class, LLM.class);
        assertSees(true, QuireChatModel.class, QuireTokenCountEstimator.class);
        assertSees(false, QuireChatModel.class, Scheduler.class);
        assertSees(false, QuireChatModel.class, QuireException.class);
        assertSees(false, LLM.class, QuireChatModel.class);
    }

    @Test
    void neighboursOnOneFloorDoNotSeeEachOther() {
        assertSees(false, Tokenizer.class, ChatTemplate.class);
        assertSees(false, ChatTemplate.class, Tokenizer.class);
        assertSees(true, ChatTemplate.class, ChatTemplate.class);
    }

    @Test
    void whoeverIsOutsideSeesThePackageItselfAndNoneOfItsRooms() {
        for (Class<?> outside : new Class<?>[] {LLM.class, Main.class, Scheduler.class}) {
            assertSees(true, outside, ChatTemplate.class);
            assertSees(true, outside, TemplateException.class);
            assertSees(true, outside, TemplateException.Kind.class);
            assertSees(true, outside, TemplateLimits.class);
            assertSees(false, outside, Run.class);
            assertSees(false, outside, Attributes.class);
            assertSees(false, outside, Filters.class);
            assertSees(false, outside, Tree.class);
            assertSees(false, outside, Interpreter.class);
        }
    }

    @Test
    void roomsSeeThoseBelowThemAndNoneAbove() {
        Class<?>[] upwards = {
            TemplateException.Kind.class,
            Run.class,
            Attributes.class,
            Filters.class,
            Tree.class,
            Interpreter.class,
            ChatTemplate.class
        };
        for (int from = 0; from < upwards.length; from++) {
            for (int to = 0; to < upwards.length; to++) {
                assertSees(to <= from, upwards[from], upwards[to]);
            }
        }
        assertSees(true, Run.class, QuireException.class);
        assertSees(false, Run.class, Tokenizer.class);
    }

    /** Each sees what is in front of it, and no circle closes. */
    @Test
    void grammarsAreReadInRoomsThatSeeThoseBelowThemAndNoneAbove() {
        Class<?>[] upwards = {
            Grammar.class,
            PatternSyntax.class,
            JsonSchema.class,
            Lark.class,
            CallForm.class,
            Constraint.class
        };
        for (int from = 0; from < upwards.length; from++) {
            for (int to = 0; to < upwards.length; to++) {
                assertSees(to <= from, upwards[from], upwards[to]);
            }
        }
        assertSees(false, Lark.class, StructuralTag.class);
        assertSees(false, JsonSchema.class, Gbnf.class);
        assertSees(true, LLM.class, Constraint.class);
        assertSees(true, LLM.class, CallForm.class);
        assertSees(false, LLM.class, PatternSyntax.class);
        assertSees(false, LLM.class, Lark.class);
    }

    @Test
    void everyRoomAndPackageHasToBeNamed() {
        String known = Run.class.getName();
        assertThrows(AssertionError.class, () -> House.maySee("quire.template.cellar.Wine", known));
        assertThrows(AssertionError.class, () -> House.maySee("quire.cellar.Wine", known));
        assertThrows(
                AssertionError.class,
                () -> House.maySee("quire.grammar.cellar.Wine", Grammar.class.getName()));
    }
}
