package sqlitefile

import "sync"

// Bell tells everybody in this process who waits for one kind of news in the file, through whichever adapter they wait.
type Bell struct {
	mu   sync.Mutex
	next chan struct{}
}

// Bell returns the file's bell of that name. News of another process does not ring it.
func (f *File) Bell(name string) *Bell {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bells[name] == nil {
		f.bells[name] = &Bell{next: make(chan struct{})}
	}
	return f.bells[name]
}

// Next returns a channel that is closed at the next ring. Who takes it before looking misses nothing.
func (b *Bell) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// Ring wakes everybody who waits.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
}
