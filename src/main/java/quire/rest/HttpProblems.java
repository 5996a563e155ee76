package quire.rest;

/** What is said where HTTP itself, not a field of a request, is at fault. */
final class HttpProblems {

    private HttpProblems() {}

    static ApiProblem of(int status) {
        return switch (status) {
            case 400 ->
                    ApiProblem.ofRequest(
                            status,
                            "The request is not valid HTTP; its path or its headers are malformed.",
                            "",
                            "");
            case 401 ->
                    ApiProblem.ofRequest(
                            status,
                            "The API key is missing or wrong; send it as 'Authorization: Bearer"
                                    + " KEY'.",
                            "",
                            "invalid_api_key");
            case 404 ->
                    ApiProblem.ofRequest(
                            status,
                            "There is nothing under this path; GET /openapi.json lists what there"
                                    + " is.",
                            "",
                            "not_found");
            case 405 ->
                    ApiProblem.ofRequest(
                            status,
                            "This path does not know that method; GET /openapi.json lists what it"
                                    + " knows.",
                            "",
                            "method_not_allowed");
            case 406 ->
                    ApiProblem.ofRequest(
                            status,
                            "This path answers application/json or text/event-stream, which"
                                    + " 'Accept' excludes.",
                            "",
                            "not_acceptable");
            case 413 ->
                    ApiProblem.ofRequest(
                            status,
                            "The body is larger than the "
                                    + (BodyLimit.MAX_BYTES >> 20)
                                    + " MiB that this server reads.",
                            "",
                            "request_too_large");
            case 414 ->
                    ApiProblem.ofRequest(
                            status,
                            "The path and query are longer than this server reads.",
                            "",
                            "uri_too_long");
            case 415 ->
                    ApiProblem.ofRequest(
                            status,
                            "The body must be JSON; send it with 'Content-Type: application/json'.",
                            "",
                            "unsupported_media_type");
            case 431 ->
                    ApiProblem.ofRequest(
                            status,
                            "The headers are longer than this server reads.",
                            "",
                            "headers_too_large");
            default ->
                    status < 500
                            ? ApiProblem.ofRequest(
                                    status,
                                    "The request is malformed (HTTP " + status + ").",
                                    "",
                                    "")
                            : ApiProblem.internal();
        };
    }

    /** A body that came packed. */
    static ApiProblem ofEncoding(String encoding) {
        return ApiProblem.ofRequest(
                415,
                "'Content-Encoding: "
                        + StrictJson.shorten(encoding)
                        + "' is not read here; send the body as it is, without that header.",
                "",
                "unsupported_content_encoding");
    }

    /** A page that may not use this server from a browser. */
    static ApiProblem ofOrigin(int status) {
        return ApiProblem.ofRequest(
                status,
                "Pages of this origin may not send this request; --allowed-origins,"
                        + " --allowed-methods and --allowed-headers say what they may.",
                "",
                "origin_not_allowed");
    }

    /** A request of which nobody knows which server it is for. */
    static ApiProblem ofHost() {
        return ApiProblem.ofRequest(
                400,
                "The header 'Host' (':authority' in HTTP/2) is missing or is not HOST or"
                        + " HOST:PORT.",
                "",
                "invalid_host");
    }
}
