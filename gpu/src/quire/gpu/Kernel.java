package quire.gpu;

import jcuda.driver.CUfunction;

/** A function of a module. */
record Kernel(String name, long handle, CUfunction function, int sharedBytes) {}
