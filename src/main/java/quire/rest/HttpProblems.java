package quire.rest;

/** What is said where HTTP itself, not a field of a request, is at fault. */
final class HttpProblems {

    private HttpProblems() {}

    static ApiProblem of(int status) {
        return switch (status) {
            case 401 ->
                    ApiProblem.ofRequest(
                            status,
                            "The API key is missing or wrong; send it as 'Authorization: Bearer KEY'.",
                            "",
                            "invalid_api_key");
            case 404 ->
                    ApiProblem.ofRequest(
                            status,
                            "There is nothing under this path; GET /openapi.json lists what there is.",
                            "",
                            "not_found");
            case 405 ->
                    ApiProblem.ofRequest(
                            status,
                            "This path does not know that method; GET /openapi.json lists what it knows.",
                            "",
                            "method_not_allowed");
            case 406 ->
                    ApiProblem.ofRequest(
                            status,
                            "This path answers application/json or text/event-stream, which 'Accept' excludes.",
                            "",
                            "not_acceptable");
            case 413 ->
                    ApiProblem.ofRequest(
                            status,
                            "The body is larger than this server reads.",
                            "",
                            "request_too_large");
            case 415 ->
                    ApiProblem.ofRequest(
                            status,
                            "The body must be JSON; send it with 'Content-Type: application/json'.",
                            "",
                            "unsupported_media_type");
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
}
