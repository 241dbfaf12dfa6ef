package experiment

import (
	"strings"

	"noise2sparse/experiment/strict"
)

// cell is one swept field's value in a job.
type cell struct {
	path string
	node *strict.Node
	text string // as YAML
}

// points are the swept values of an experiment's jobs. None of them is kept in memory that can be
// computed, so that a million cost nothing.
type points interface {
	count() int
	at(i int) []cell
}

// gridPoints are all combinations of each product.
type gridPoints struct {
	products []Product
	counts   []int // of each product
	n        int
}

func (g *gridPoints) count() int { return g.n }

func (g *gridPoints) at(i int) []cell {
	if len(g.products) == 0 {
		return nil
	}
	p := 0
	for ; i >= g.counts[p]; p++ {
		i -= g.counts[p]
	}
	axes := g.products[p]
	cells := make([]cell, len(axes))
	for a := len(axes) - 1; a >= 0; a-- { // the last one varies fastest
		k := i % len(axes[a].nodes)
		i /= len(axes[a].nodes)
		cells[a] = cell{axes[a].Path, axes[a].nodes[k], axes[a].Values[k]}
	}
	return cells
}

// samplePoints are what a random search drew.
type samplePoints [][]cell

func (s samplePoints) count() int      { return len(s) }
func (s samplePoints) at(i int) []cell { return s[i] }

// sweeps tells whether the experiment's jobs may differ in the field at path.
func (e *Experiment) sweeps(path string) bool {
	for _, p := range e.Grid {
		for _, a := range p {
			for _, n := range a.nodes {
				for _, leaf := range leaves(a.Path, n) {
					if leaf == path || strings.HasPrefix(path, leaf+".") || strings.HasPrefix(leaf, path+".") {
						return true
					}
				}
			}
		}
	}
	if e.search != nil {
		for _, r := range e.search.Space {
			if r.Path == path {
				return true
			}
		}
	}
	return false
}
