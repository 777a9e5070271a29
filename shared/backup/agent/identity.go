package agent

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/nacl/box"
)

// Identity is what an agent got by enrolling: who it is, for which servers, and the keys that prove and protect it. It
// lives in one file that only the agent's user can read.
type Identity struct {
	Platform    string   `json:"platform"` // base URL
	Agent       string   `json:"agent"`
	Servers     []string `json:"servers"`
	WakeURL     string   `json:"wake_url"`
	PlatformKey []byte   `json:"platform_key"` // Ed25519: signs operations
	SignSeed    []byte   `json:"sign_seed"`    // Ed25519: signs requests
	SealPublic  []byte   `json:"seal_public"`  // X25519: new passwords are sealed to it
	SealPrivate []byte   `json:"seal_private"`
}

// ErrNotEnrolled says that the folder holds no identity.
var ErrNotEnrolled = errors.New("this agent is not enrolled: run tierkeep-agent enrol with a token from the portal")

const identityFile = "identity.json"

func newKeys() (Identity, error) {
	_, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("make a signing key: %w", err)
	}
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("make a sealing key: %w", err)
	}
	return Identity{SignSeed: sign.Seed(), SealPublic: public[:], SealPrivate: private[:]}, nil
}

// LoadIdentity reads the identity from the agent's folder, or fails with ErrNotEnrolled.
func LoadIdentity(folder string) (Identity, error) {
	b, err := os.ReadFile(filepath.Join(folder, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, ErrNotEnrolled
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read the identity: %w", err)
	}
	var i Identity
	if err := json.Unmarshal(b, &i); err != nil {
		return Identity{}, fmt.Errorf("read the identity: %w", err)
	}
	return i, i.validate()
}

func (i Identity) validate() error {
	switch {
	case len(i.SignSeed) != ed25519.SeedSize, len(i.PlatformKey) != ed25519.PublicKeySize:
		return errors.New("the identity's signing keys are damaged: enrol again")
	case len(i.SealPublic) != 32, len(i.SealPrivate) != 32:
		return errors.New("the identity's sealing keys are damaged: enrol again")
	case i.Agent == "", i.Platform == "", len(i.Servers) == 0:
		return errors.New("the identity is incomplete: enrol again")
	}
	return nil
}

// save writes the identity so that a crash leaves either the old file or the new one.
func (i Identity) save(folder string) error {
	b, err := json.MarshalIndent(i, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the agent's folder: %w", err)
	}
	f, err := os.CreateTemp(folder, "identity-*") // mode 0600
	if err != nil {
		return fmt.Errorf("save the identity: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("save the identity: %w", err)
	}
	if err := os.Rename(f.Name(), filepath.Join(folder, identityFile)); err != nil {
		return fmt.Errorf("save the identity: %w", err)
	}
	return nil
}

func (i Identity) signKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(i.SignSeed) }

// open reads a secret that was sealed to this agent.
func (i Identity) open(sealed []byte) (string, error) {
	plain, ok := box.OpenAnonymous(nil, sealed, (*[32]byte)(i.SealPublic), (*[32]byte)(i.SealPrivate))
	if !ok {
		return "", errSealed
	}
	return string(plain), nil
}

var errSealed = errors.New("a secret of this operation was sealed to another key")
