package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// logFailure tells the log what the client is not told.
func logFailure(ctx context.Context, err error) {
	if c := CallFrom(ctx); c.log != nil {
		c.log.ErrorContext(ctx, "request failed", "request_id", c.RequestID, "error", err.Error())
	}
}

// logAnswer writes one line for a request that was answered. What changed something stands at info. What only read, what
// was refused, and the agents' steady talk is most of the traffic and stands at debug. Failures have their line already.
func logAnswer(r *http.Request, status int, took time.Duration) {
	c := CallFrom(r.Context())
	if c.log == nil || status >= http.StatusInternalServerError {
		return
	}
	level := slog.LevelDebug
	writes := r.Method != http.MethodGet && r.Method != http.MethodHead
	steady := strings.HasPrefix(r.URL.Path, "/agent/") && r.PathValue("operation") == ""
	if writes && !steady && status < http.StatusBadRequest {
		level = slog.LevelInfo
	}
	if !c.log.Enabled(r.Context(), level) {
		return
	}
	line := []slog.Attr{
		slog.String("request_id", c.RequestID), slog.String("route", r.Pattern), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	for name, variable := range map[string]string{"tenant_id": "tenant", "operation_id": "operation"} {
		if value := r.PathValue(variable); value != "" {
			line = append(line, slog.String(name, value))
		}
	}
	c.log.LogAttrs(r.Context(), level, "answered", line...)
}
