package quire.model;

import quire.ops.RopeTable.Pairing;

/**
 * Rotary embedding of a model.
 *
 * @param rotaryDim leading elements of a head that rotate; even
 * @param theta base of the frequencies
 */
public record RopeConfig(int rotaryDim, double theta, RopeScaling scaling, Pairing pairing) {}
