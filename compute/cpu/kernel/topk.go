package kernel

// TopKScratch is the number of elements of scratch that selecting in a row of n needs.
func TopKScratch(n int) int { return 2 * (n + FilterSlack) }

// FilterSlack is how many elements beyond its limit a filter may write: a vector's.
const FilterSlack = 16

// filterLimit is how many candidates are gathered before all but k of them are dropped. Four times k
// makes dropping cheap per candidate, so that the whole takes time proportional to n whatever the
// values are; a random row of n passes about k·ln(n/k) candidates.
func filterLimit(n, k int) int { return min(n, max(64, 4*k)) }

// TopKThreshold returns the k-th largest of max(x, 0), 1 ≤ k ≤ len(x), and how many of the k first
// entries equal it (0 where it is 0, which nobody needs to count). NaN is the largest of all.
// scratch has TopKScratch(len(x)) elements.
func TopKThreshold[T Float](x []T, k int, scratch []T) (threshold T, ties int) {
	return TopKThresholdBy(x, k, scratch, TopKFilter[T])
}

// TopKThresholdBy is TopKThreshold with another implementation of TopKFilter.
func TopKThresholdBy[T Float](x []T, k int, scratch []T, filter func(buffer []T, have, limit int, x []T, above T) (int, int)) (T, int) {
	limit := filterLimit(len(x), k)
	buffer, work := scratch[:limit+FilterSlack], scratch[limit+FilterSlack:]
	var above T // entries up to here are not among the k largest seen, or equal to the last of them
	have := 0
	for {
		var done int
		have, done = filter(buffer, have, limit, x, above)
		x = x[done:]
		if len(x) == 0 {
			break
		}
		t, ties := kthLargest(buffer[:have], k, work)
		if t != t {
			return t, ties // k entries are NaN: nothing can be larger
		}
		have = keepLargest(buffer[:have], t, ties)
		above = t
	}
	if have < k {
		return 0, 0
	}
	return kthLargest(buffer[:have], k, work)
}

// TopKFilter appends to buffer[:have] the entries of x that are NaN or larger than above (which is 0
// or more), until it holds limit or more, or x ends. It returns how many the buffer holds and how
// many entries of x it has seen. buffer is FilterSlack longer than limit.
func TopKFilter[T Float](buffer []T, have, limit int, x []T, above T) (held, seen int) {
	for i, v := range x {
		if have >= limit {
			return have, i
		}
		if !(v <= above) {
			buffer[have] = v
			have++
		}
	}
	return have, len(x)
}

// keepLargest moves the entries above t, and as many equal ones as ties, to the front.
func keepLargest[T Float](v []T, t T, ties int) int {
	n := 0
	for _, x := range v {
		if !(x <= t) {
			v[n] = x
			n++
		} else if x == t && ties > 0 {
			v[n] = x
			n++
			ties--
		}
	}
	return n
}

// TopKMask sets y to the entries of x above the threshold, and to the first ones equal to it, as many
// as ties; to 0 elsewhere. threshold and ties are those of TopKThreshold. y may be x.
func TopKMask[T Float](y, x []T, threshold T, ties int) {
	if threshold != threshold { // k or more are NaN: the first k of them
		for j, v := range x {
			y[j] = 0
			if v != v && ties > 0 {
				y[j] = v
				ties--
			}
		}
		return
	}
	for j, v := range x {
		y[j] = 0
		if !(v <= threshold) {
			y[j] = v
		} else if v == threshold && ties > 0 {
			y[j] = v
			ties--
		}
	}
}
