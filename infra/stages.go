package main

import "github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

// Stage is what may differ between one installation and another. Each has a stack of its own, and best an AWS account of its
// own. Edit the rows below; nothing else of this folder needs to be touched to run the platform.
type Stage struct {
	Name string // lower-case letters and digits, at most 12: it is part of every physical name

	// Portal is the host of the portal, such as "portal.example.com"; brands have their hosts below it. Certificate is the
	// ARN of a certificate in us-east-1 for it and for everything one level below. Without a host the portal stands at an
	// address of CloudFront, and brands cannot be reached.
	Portal      string
	Certificate string

	// MailFrom is the sender of mails. Its domain becomes an identity of SES, whose DNS records the console shows.
	MailFrom string

	// AlarmMail is told of alarms, of the budget and of mails that came back. Empty: nobody is, and alarms show on the dashboard
	// only.
	AlarmMail string

	// MonthlyUSD is the cost at which the budget warns; nothing is switched off.
	MonthlyUSD float64

	// Keep says that the data outlives the stack: the table is protected against deletion, buckets and secrets stay behind.
	// Without it everything goes with the stack.
	Keep bool

	// DailyBackups puts a copy of the table into a vault each night, kept for a year, besides the point-in-time recovery of
	// 35 days that every stage has.
	DailyBackups bool

	// LogDays is how long logs are kept.
	LogDays awslogs.RetentionDays

	// Tracing sends traces of requests to X-Ray. It costs per request.
	Tracing bool

	// RequestsPerSecond bounds what API Gateway lets through, and Burst what it lets through at once.
	RequestsPerSecond, Burst float64

	// MemoryFactor multiplies the memory of every function, and with it the share of a processor.
	MemoryFactor int

	// OriginKeyOf is the date at which the key between CloudFront and the API was last exchanged (docs/deploy.md,
	// "Exchange keys"): when this changes, CloudFormation hands the new value to CloudFront, and the functions read it anew.
	OriginKeyOf string
}

var stages = map[string]Stage{
	"dev": {
		Name:              "dev",
		MailFrom:          "no-reply@dev.tierkeep.example",
		MonthlyUSD:        20,
		LogDays:           awslogs.RetentionDays_TWO_WEEKS,
		RequestsPerSecond: 50,
		Burst:             100,
		MemoryFactor:      1,
		OriginKeyOf:       "2026-11-24",
	},
	"prod": {
		Name:              "prod",
		MailFrom:          "no-reply@tierkeep.example",
		MonthlyUSD:        100,
		Keep:              true,
		DailyBackups:      true,
		LogDays:           awslogs.RetentionDays_THREE_MONTHS,
		RequestsPerSecond: 500,
		Burst:             1000,
		MemoryFactor:      1,
		OriginKeyOf:       "2026-11-24",
	},
}
