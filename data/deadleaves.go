package data

import (
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

func init() {
	Datasets.Register(registry.Entry[Kind]{
		Name: "dead-leaves",
		Doc:  "generated: patches of images of discs that occlude each other, with the edges and scale invariance of natural images",
		Value: Kind{
			Generated: true,
			Params: []Param{
				{Name: "samples", Default: 20000, Min: 10, Max: 1e7, Integer: true, Doc: "training patches; a tenth as many, of other images, are added for validation"},
				{Name: "size", Default: 16, Min: 2, Max: 256, Integer: true, Doc: "height and width of a patch, in pixels"},
				{Name: "min_radius", Default: 2, Min: 0.5, Max: 1e3, Doc: "smallest radius of a disc, in pixels"},
				{Name: "max_radius", Default: 64, Min: 0.5, Max: 1e4, Doc: "largest radius of a disc, in pixels"},
				{Name: "center", Default: 1, Min: 0, Max: 1, Integer: true, Doc: "1: subtract each patch's mean, so values lie around 0; 0: values in [0, 1]"},
				{Name: "scale", Default: 1, Min: 1e-6, Max: 1e6, Doc: "factor on all values"},
				seedParam,
			},
			check: checkLeaves,
			load:  makeLeaves,
		},
	})
}

const (
	// leafImage is the height and width of the images that patches are cut from, where the patch
	// or the largest disc asks for no more.
	leafImage = 256
	// patchesPerImage trades variety for time (about 3 ms an image): so many patches of 16 × 16
	// have 0.4 times the area of an image.
	patchesPerImage = 100
)

func checkLeaves(p params, ps *problem.List) {
	if p["min_radius"] >= p["max_radius"] {
		ps.Addf("min_radius", "is %v; give less than max_radius, which is %v", p["min_radius"], p["max_radius"])
	}
	if n := p["samples"] * 1.1 * p["size"] * p["size"]; n > maxGenerated {
		ps.Addf("samples", "times size times size is %.3g values; at most %d are generated", n, maxGenerated)
	}
}

// makeLeaves cuts patches at random places out of images that are drawn one per
// patchesPerImage patches. Validation patches come from images of their own.
//
// The dead leaves model: Matheron (1968); its likeness to natural images: Ruderman (1997), Lee,
// Mumford and Huang (2001), who find radii of density r^-3 to give scale invariance.
func makeLeaves(o Options, p params) (*Dataset, error) {
	size, seed := p.int("size"), p.seed(o)
	train := p.int("samples")
	val := max(1, train/10)
	trainImages := (train + patchesPerImage - 1) / patchesPerImage
	valImages := (val + patchesPerImage - 1) / patchesPerImage
	x := make([]float32, (train+val)*size*size)
	parallel(trainImages+valImages, 1, func(lo, hi int) {
		img := newCanvas(max(leafImage, 2*size))
		for i := lo; i < hi; i++ {
			r := newRandom(seed, i)
			img.draw(r, p["min_radius"], p["max_radius"])
			first, end := i*patchesPerImage, train
			if i >= trainImages {
				first, end = train+(i-trainImages)*patchesPerImage, train+val
			}
			for n := first; n < min(first+patchesPerImage, end); n++ {
				img.patch(x[n*size*size:(n+1)*size*size], r, size)
			}
		}
	})
	finishPatches(x, size*size, p["center"] == 1, p["scale"])
	return splitGenerated(x, train, val, 1, size, size)
}

// finishPatches subtracts each patch's mean (if center) and applies the scale.
func finishPatches(x []float32, n int, center bool, scale float64) {
	for ; len(x) > 0; x = x[n:] {
		mean := 0.0
		if center {
			for _, v := range x[:n] {
				mean += float64(v)
			}
			mean /= float64(n)
		}
		for i, v := range x[:n] {
			x[i] = float32(float64(v-float32(mean)) * scale)
		}
	}
}
