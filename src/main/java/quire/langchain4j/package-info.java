/**
 * Floor 8: Quire as models of LangChain4j, in an artifact of its own. Sees the API of {@code quire}
 * and nothing behind it; nobody imports it. Any thread.
 */
package quire.langchain4j;
