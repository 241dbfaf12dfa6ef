//go:build linux

// Package good is good.
package good
