// No product may be fused with the sum that follows. gcc is told by -std=c11 (its default for ISO
// C is -ffp-contract=off; the flag itself is not among those that cgo lets through), clang by:
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
