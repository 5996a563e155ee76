/**
 * Reads along with every answer that the server gives in a test, whoever asked and however, and
 * holds it against the specification: {@link quire.contract.ContractWatch} hears, {@link
 * quire.contract.ApiContract} judges, {@link quire.contract.ContractCallback} lets the test fail.
 */
package quire.contract;
