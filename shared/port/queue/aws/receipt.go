package aws

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// A receipt is SQS's handle behind the time of the Receive and how long the message is out: "1795520000000+30:<handle>". A
// handle that comes from elsewhere, such as the event of a Lambda function, stands alone: SQS has no colon in its handles.
func receipt(received time.Time, visible time.Duration, handle string) string {
	return fmt.Sprintf("%d+%d:%s", received.UnixMilli(), seconds(visible), handle)
}

// read returns what a receipt holds. Without a time, the zero time.
func read(receipt string) (received time.Time, visible time.Duration, handle string) {
	when, handle, found := strings.Cut(receipt, ":")
	at, long, plus := strings.Cut(when, "+")
	ms, errAt := strconv.ParseInt(at, 10, 64)
	s, errLong := strconv.ParseInt(long, 10, 32)
	if !found || !plus || errAt != nil || errLong != nil {
		return time.Time{}, 0, receipt
	}
	return time.UnixMilli(ms), time.Duration(s) * time.Second, handle
}

// outHandle returns the handle of a delivery whose time may still run. Where it surely ran out, SQS need not be asked; the
// last word is its own.
func outHandle(receipt string, now time.Time) (string, error) {
	received, visible, handle := read(receipt)
	if !received.IsZero() && !now.Before(received.Add(visible)) {
		return "", queue.ErrExpired
	}
	return handle, nil
}

// stillRuns tells whether a delivery's time surely has not run out. SQS's own began before we heard of it, by what the way
// took.
func stillRuns(receipt string, now time.Time) bool {
	const onTheWay = 500 * time.Millisecond
	received, visible, _ := read(receipt)
	return !received.IsZero() && now.Before(received.Add(visible-onTheWay))
}

// mayStayHidden is how much longer SQS lets a message be hidden: twelve hours, counted from its Receive, of which the time on
// the way is taken off.
func mayStayHidden(receipt string, now time.Time) time.Duration {
	const onTheWay = 30 * time.Second
	received, _, _ := read(receipt)
	if received.IsZero() {
		return queue.MaxInvisible
	}
	return max(0, queue.MaxInvisible-now.Sub(received)-onTheWay)
}
