package sqlite

// Reach has a function called after every move that was committed, and around every call of a task.
func (w *Workflow) Reach(reached func(place string)) { w.reached = reached }

// Draw replaces what spreads retries.
func (w *Workflow) Draw(random func() float64) { w.random = random }
