// Package two is there.
package two
