package rest

// Page is embedded in the input of every list.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most so many items"`
	Cursor string `query:"cursor" maxLength:"4096" doc:"The next of the previous reply"`
}

// List is the body of every list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Give it as cursor to read on; absent at the end"`
}

// NewList returns the body of one page.
func NewList[T any](items []T, next string) List[T] { return List[T]{Items: items, Next: next} }
