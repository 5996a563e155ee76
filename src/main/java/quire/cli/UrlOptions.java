package quire.cli;

import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import quire.cli.talk.Partner;
import quire.cli.talk.RemotePartner;

/** Which server answers. */
final class UrlOptions {

    /** Where {@code quire serve} and vLLM listen. */
    private static final String USUAL = "http://localhost:8000/v1";

    @Option(names = "--url", paramLabel = "URL", description = "an OpenAI server, such as " + USUAL)
    String url;

    @Option(
            names = {"--model-name", "--model"},
            paramLabel = "NAME",
            description = "the model; of a server by default the first that it lists")
    String modelName;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "of the server; default OPENAI_API_KEY")
    String apiKey;

    Partner partner() {
        Map<String, String> environment = System.getenv();
        Optional<String> key =
                Optional.ofNullable(apiKey)
                        .or(() -> Optional.ofNullable(environment.get("OPENAI_API_KEY")))
                        .filter(text -> !text.isEmpty());
        return new RemotePartner(url == null ? USUAL : url, key, Optional.ofNullable(modelName));
    }
}
