// Package aws is the adapter of shared/port/secret for Secrets Manager.
package aws

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

// Secrets keeps each value as the first version of a secret, which no later caller replaces. A value that was read or kept
// is remembered for as long as the process lives, since it never changes: a signature costs no request. A secret that was
// made without a value, as a deployment makes one, counts as absent; a value that an operator typed as text counts as its
// bytes. A secret that waits for its deletion is an error and never made anew.
type Secrets struct {
	client *secretsmanager.Client
	prefix string
	known  sync.Map // name → secret.Value
}

// New keeps secrets whose names begin with the prefix, such as "tierkeep/prod/".
func New(cfg aws.Config, prefix string) *Secrets {
	return &Secrets{client: secretsmanager.NewFromConfig(cfg), prefix: prefix}
}

// firstVersion identifies the first value of every secret: two values under one identifier are what Secrets Manager
// refuses, so that of racing callers one alone keeps his.
const firstVersion = "tierkeep-first-value-of-a-secret"

// GetOrCreate returns the secret, making it where there is none.
func (s *Secrets) GetOrCreate(ctx context.Context, name string, create func() ([]byte, error)) (secret.Value, error) {
	if err := secret.ValidateName(name); err != nil {
		return secret.Value{}, err
	}
	if v, ok := s.known.Load(name); ok {
		return v.(secret.Value), nil
	}
	value, err := s.read(ctx, name)
	if errors.Is(err, errNoValue) {
		value, err = s.make(ctx, name, create)
	}
	if err != nil {
		return secret.Value{}, err
	}
	v := secret.NewValue(value)
	s.known.Store(name, v)
	return v, nil
}

func (s *Secrets) make(ctx context.Context, name string, create func() ([]byte, error)) ([]byte, error) {
	value, err := create()
	if err == nil {
		err = secret.ValidateValue(value)
	}
	if err != nil {
		return nil, fmt.Errorf("make secret %s: %w", name, err)
	}
	kept, err := s.keep(ctx, name, value)
	if err != nil {
		return nil, fmt.Errorf("keep secret %s: %w", name, err)
	}
	if kept {
		return value, nil
	}
	return s.wait(ctx, name)
}

// keep tells whether this value is the one that is kept. The reply to an attempt may get lost: the SDK then sends the same
// value under the same identifier again, which succeeds or meets itself; either way what is read afterwards is right.
func (s *Secrets) keep(ctx context.Context, name string, value []byte) (bool, error) {
	_, err := s.client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: s.id(name), SecretBinary: value, ClientRequestToken: aws.String(firstVersion),
	})
	if !exists(err) {
		return err == nil, err
	}
	// Reads lag behind writes. Only what still has no value now is a secret that was made without one; where even this read
	// lags, the identifier is taken.
	if _, err := s.read(ctx, name); !errors.Is(err, errNoValue) {
		return false, err
	}
	_, err = s.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: s.id(name), SecretBinary: value, ClientRequestToken: aws.String(firstVersion),
	})
	if exists(err) {
		return false, nil
	}
	return err == nil, err
}

// How long a value that somebody else kept is waited for: it exists, so only the lag of reads hides it.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
)

func (s *Secrets) wait(ctx context.Context, name string) ([]byte, error) {
	for pause := firstPause; ; pause *= 2 {
		value, err := s.read(ctx, name)
		if !errors.Is(err, errNoValue) || pause > lastPause {
			return value, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read secret %s: %w", name, ctx.Err())
		case <-time.After(pause):
		}
	}
}

var errNoValue = errors.New("there is no value")

func (s *Secrets) read(ctx context.Context, name string) ([]byte, error) {
	got, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: s.id(name)})
	var absent *types.ResourceNotFoundException
	switch {
	case errors.As(err, &absent):
		err = errNoValue
	case err != nil:
	case len(got.SecretBinary) > 0:
		return got.SecretBinary, nil
	case aws.ToString(got.SecretString) != "":
		return []byte(*got.SecretString), nil
	default: // AWS says that there is none; an emulator may give an empty one
		err = errNoValue
	}
	return nil, fmt.Errorf("read secret %s: %w", name, err)
}

func (s *Secrets) id(name string) *string { return aws.String(s.prefix + name) }

func exists(err error) bool {
	var e *types.ResourceExistsException
	return errors.As(err, &e)
}
