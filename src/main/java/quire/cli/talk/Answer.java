package quire.cli.talk;

/**
 * What an answer took.
 *
 * @param numTokens that were generated; 0 where nobody told
 * @param stopped whether the user ended it
 * @param cut whether it ended because it may not be longer
 */
public record Answer(int numTokens, boolean stopped, boolean cut) {}
