package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Note is a text about an account that only the tenant that wrote it sees (mission A56): no upline, no customer, no key,
// no export and no audit log.
type Note struct {
	Text      string
	Author    string
	UpdatedAt time.Time
}

type noteRecord struct {
	Text      string    `json:"text"`
	Author    string    `json:"author"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Note returns the own tenant's note; an empty one where none was written.
func (s *Service) Note(ctx context.Context, t tenant.ID, account string) (Note, error) {
	d, err := s.Guard.Require(ctx, authz.NotesWrite, t)
	if err != nil {
		return Note{}, err
	}
	if err := s.writer(ctx, d, account); err != nil {
		return Note{}, err
	}
	i, err := s.Reader.Rows.Get(ctx, noteKey(t, account))
	if errors.Is(err, store.ErrNotFound) {
		return Note{}, nil
	}
	if err != nil {
		return Note{}, fmt.Errorf("read the note on %s: %w", account, err)
	}
	var r noteRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Note{}, fmt.Errorf("decode the note on %s: %w", account, err)
	}
	return Note(r), nil
}

// WriteNote replaces the own tenant's note. It makes no change row, because the audit log is read by others.
func (s *Service) WriteNote(ctx context.Context, t tenant.ID, account, text string) (Note, error) {
	d, err := s.Guard.Require(ctx, authz.NotesWrite, t)
	if err != nil {
		return Note{}, err
	}
	if err := s.writer(ctx, d, account); err != nil {
		return Note{}, err
	}
	if len(text) > 10_000 {
		return Note{}, problem.Invalid("/text", "text", "at most 10,000 bytes")
	}
	n := Note{Text: text, Author: d.Principal.Name, UpdatedAt: s.Clock.Now()}
	value, err := json.Marshal(noteRecord(n))
	if err != nil {
		return Note{}, fmt.Errorf("encode the note on %s: %w", account, err)
	}
	err = s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{{Item: store.Item{Key: noteKey(t, account), Value: value, Version: 1}}}})
	if err != nil {
		return Note{}, fmt.Errorf("write the note on %s: %w", account, err)
	}
	return n, nil
}

// writer checks that a person writes in the own tenant about an account that this tenant sees.
func (s *Service) writer(ctx context.Context, d authz.Decision, account string) error {
	if d.Principal.Via != authz.ViaPortal || d.Principal.HomeTenant != d.Target.ID {
		return problem.New(problem.NotFound, "")
	}
	_, err := s.access(ctx, d, account)
	return err
}
