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

    /** A body beyond the limit. */
    static ApiProblem ofSize(long maxBytes) {
        return ApiProblem.ofRequest(
                413,
                "The body is larger than the " + maxBytes + " bytes that this server reads.",
                "",
                "request_too_large");
    }

    /** A path that is no part of a URI. */
    static ApiProblem ofPath(String path) {
        return ApiProblem.ofRequest(
                400,
                "'"
                        + StrictJson.shorten(path)
                        + "' is not a valid path; escape '%' and what URIs may not contain, such as"
                        + " '%25' for '%'.",
                "",
                "invalid_path");
    }

    /** A request of which nobody can tell where it ends. */
    static ApiProblem ofLength() {
        return ApiProblem.ofRequest(
                400,
                "The length of the body is unclear; send one 'Content-Length' with a number, or"
                        + " 'Transfer-Encoding: chunked' without it.",
                "",
                "invalid_content_length");
    }

    /** A body in chunks that are none. */
    static ApiProblem ofChunk() {
        return ApiProblem.ofRequest(
                400,
                "The chunks of the body are malformed; each is its length in hexadecimal digits, a"
                        + " line break, as many bytes, and a line break.",
                "",
                "invalid_chunk");
    }

    /** A body in a coding that nobody here reads, so that its end is not known either. */
    static ApiProblem ofCoding(String coding) {
        return ApiProblem.ofRequest(
                501,
                "'Transfer-Encoding: "
                        + StrictJson.shorten(coding)
                        + "' is not read here; send 'chunked' or a 'Content-Length'.",
                "",
                "unsupported_transfer_encoding");
    }

    /** A version that is not spoken. */
    static ApiProblem ofVersion(String version) {
        return ApiProblem.ofRequest(
                505,
                StrictJson.shorten(version)
                        + " is not spoken here; HTTP/1.0, HTTP/1.1 and HTTP/2 are.",
                "",
                "http_version_not_supported");
    }

    /** A way into HTTP/2 that leads nowhere. */
    static ApiProblem ofUpgrade() {
        return ApiProblem.ofRequest(
                400,
                "'Upgrade: h2c' needs 'Connection: Upgrade, HTTP2-Settings' and settings in"
                        + " 'HTTP2-Settings'; leave it out to go on with HTTP/1.1.",
                "",
                "invalid_upgrade");
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
                "The header 'Host' (':authority' in HTTP/2) is missing, comes twice, or is not HOST"
                        + " or HOST:PORT.",
                "",
                "invalid_host");
    }
}
