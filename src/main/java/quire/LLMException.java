package quire;

/**
 * What Quire throws at the program that uses it. The message is a whole sentence in the words of
 * this API; the stack is the caller's, and what happened inside is the cause. A {@link
 * NullPointerException} is the only other one that a call can provoke.
 */
public abstract sealed class LLMException extends RuntimeException
        permits ModelException,
                OptionException,
                PromptException,
                OverloadException,
                CompletionCancelledException,
                CompletionInterruptedException,
                CompletionTimeoutException,
                LoadInterruptedException,
                ClosedException,
                EngineFailedException,
                AnswerException {

    LLMException(String message) {
        super(message);
    }

    LLMException(String message, Throwable cause) {
        super(message, cause);
    }
}
