// Package scenarios tells the product as short scripts over the whole platform: testdata/*.txtar, one story each, in the
// words of a reseller's day. A clock that only the scripts move makes weeks pass in a moment. It has nothing but tests;
// words_test.go says what each word of a script does.
package scenarios
