package quire.settings;

/** Whom a flag concerns. */
public enum Scope {
    /** Whoever runs a model in this process, with a server around it or not. */
    ENGINE,
    /** The server alone: its address, its requests, its log. */
    SERVER
}
