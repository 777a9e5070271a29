// Package aws is the adapter of shared/port/mail for SES, version 2 of its API.
package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mime"
)

// Sender hands messages to SES, which knows no idempotency: a request whose reply was lost is sent again and may arrive
// twice. SES puts a Message-ID and a Date of its own in place of ours; X-Entity-Ref-ID stays.
type Sender struct{ client *sesv2.Client }

// New makes a sender. It may ses:SendEmail and ses:SendRawEmail as the addresses that messages come from, and
// ses:GetEmailIdentity and ses:GetAccount, by which it finds out why a message was rejected.
func New(cfg aws.Config) *Sender { return &Sender{sesv2.NewFromConfig(cfg)} }

// Send gives the message to SES and returns SES's own name for it.
func (s *Sender) Send(ctx context.Context, m mail.Message) (string, error) {
	raw, err := mime.Write(m)
	if err != nil {
		return "", err
	}
	sent, err := s.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &m.From.Email, Destination: &types.Destination{ToAddresses: []string{m.To.Email}},
		Content: &types.EmailContent{Raw: &types.RawMessage{Data: raw}},
	})
	if err == nil {
		return aws.ToString(sent.MessageId), nil
	}
	final, reason := s.isFinal(ctx, err, m)
	if final {
		return "", fmt.Errorf("%w: %w", mail.ErrRefused, err)
	}
	return "", fmt.Errorf("send message %s by SES: %w", m.ID, errors.Join(err, reason))
}

// isFinal tells whether SES will never take the message. MessageRejected means its content, or else that an address is not
// verified, which the operator can change; only asking tells the two apart. While nobody knows, it is not final.
func (s *Sender) isFinal(ctx context.Context, err error, m mail.Message) (bool, error) {
	var malformed *types.BadRequestException
	if errors.As(err, &malformed) {
		return true, nil
	}
	var rejected *types.MessageRejected
	if !errors.As(err, &rejected) {
		return false, nil
	}
	verified, reason := s.verified(ctx, m.From.Email)
	if !verified || reason != nil {
		return false, reason
	}
	account, reason := s.client.GetAccount(ctx, &sesv2.GetAccountInput{})
	if reason != nil {
		return false, fmt.Errorf("look why it was rejected: %w", reason)
	}
	if account.ProductionAccessEnabled { // everybody may be written to
		return true, nil
	}
	return s.verified(ctx, m.To.Email)
}

// verified tells whether an address, or its domain or one above it, is verified for sending.
func (s *Sender) verified(ctx context.Context, email string) (bool, error) {
	identity, domain := email, email[strings.LastIndexByte(email, '@')+1:]
	for {
		got, err := s.client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &identity})
		var unknown *types.NotFoundException
		switch {
		case err == nil && got.VerifiedForSendingStatus:
			return true, nil
		case err != nil && !errors.As(err, &unknown):
			return false, fmt.Errorf("look why it was rejected: %w", err)
		case !strings.Contains(domain, "."):
			return false, nil
		}
		identity = domain
		_, domain, _ = strings.Cut(domain, ".")
	}
}
