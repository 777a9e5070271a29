package vault

import "net/http"

// statusWriter remembers how a request was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.implicit()
	return w.ResponseWriter.Write(b)
}

// implicit is how net/http answers a handler that says nothing.
func (w *statusWriter) implicit() {
	if !w.wrote {
		w.status, w.wrote = http.StatusOK, true
	}
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
