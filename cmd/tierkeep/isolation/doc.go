// Package isolation holds one promise in tests: nobody reaches a tenant that is not below his own, by no operation that the
// platform's document names, with no credential and no identifier. It has nothing but tests.
package isolation
