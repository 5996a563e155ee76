/**
 * Floor 7: what {@code quire serve} can be told. {@link quire.settings.Flags} is the one table of
 * its flags; the command line, the environment, the file of {@code --config}, the refusals and
 * {@code docs/flags.md} are made of it. {@code cli} reads, {@code app} and {@code rest} ask {@link
 * quire.settings.Settings}; nothing here starts or serves anything. Main thread; what it returns is
 * immutable.
 */
package quire.settings;
