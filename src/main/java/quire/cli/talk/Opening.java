package quire.cli.talk;

import java.util.Optional;

/**
 * What a session begins with.
 *
 * @param converses whether messages follow each other; otherwise each text is continued by itself
 * @param system what the model is told before the conversation
 * @param wishes what is set
 */
public record Opening(boolean converses, Optional<String> system, Wishes wishes) {}
