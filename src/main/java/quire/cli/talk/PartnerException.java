package quire.cli.talk;

/** A server that cannot be asked, or refuses; the message is a whole sentence for the user. */
public final class PartnerException extends RuntimeException {

    PartnerException(String sentence) {
        super(sentence);
    }

    PartnerException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
