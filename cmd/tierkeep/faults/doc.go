// Package faults holds what a journey survives, in tests: programs that are killed at every named point of it, and results
// that come twice, late or in another order. It has nothing but tests.
package faults
