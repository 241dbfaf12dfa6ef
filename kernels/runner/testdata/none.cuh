// The kernels beside this file share nothing.
