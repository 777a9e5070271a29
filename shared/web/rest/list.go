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

// ListOf returns the body of one page of rows, each as it is told outside.
func ListOf[Row, T any](rows []Row, next string, told func(Row) T) List[T] {
	items := make([]T, len(rows))
	for i, r := range rows {
		items[i] = told(r)
	}
	return NewList(items, next)
}
