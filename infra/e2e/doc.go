// Package e2e holds the test that deploys the whole platform, as infra describes it and with the real functions, onto an
// emulator of its own, and lives through an account's life there: portal's API, functions, table, stream, queues, hints, a
// real agent beside a real vault, and an approval through its state machine.
package e2e
