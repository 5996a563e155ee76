/**
 * Floor 8: conversations at a command line, with a model in this process or a server of the OpenAI
 * API. The commands of {@link quire.cli} import it, nobody else; one thread asks and shows, that of
 * signals stops an answer.
 */
package quire.cli.talk;
