/**
 * Floor 6: what a conversation is to a model, and what its answer says, for HTTP and for Java
 * programs alike. {@link quire.chat.TurnRenderer} makes the prompt, {@link quire.chat.ChoiceReader}
 * tells thought, text and calls from each other. Imports {@code engine} and below; any thread, a
 * reader by one at a time.
 */
package quire.chat;
