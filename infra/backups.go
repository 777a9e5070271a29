package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
)

// addBackups keeps a copy of the table for each night of a year. Mistakes of the last 35 days are undone from the table's
// own point-in-time recovery (table.go); these copies are for what is noticed later, and outlive the table.
func (s *stack) addBackups() {
	if !s.stage.DailyBackups {
		return
	}
	vault := awsbackup.NewBackupVault(s.Stack, str("Vault"), &awsbackup.BackupVaultProps{
		BackupVaultName: str(s.names.stack()), RemovalPolicy: awscdk.RemovalPolicy_RETAIN, BlockRecoveryPointDeletion: yes(true),
	})
	s.backups = awsbackup.NewBackupPlan(s.Stack, str("Backups"), &awsbackup.BackupPlanProps{
		BackupPlanName: str(s.names.stack()), BackupVault: vault,
		BackupPlanRules: &[]awsbackup.BackupPlanRule{awsbackup.NewBackupPlanRule(&awsbackup.BackupPlanRuleProps{
			RuleName:           str("daily"),
			ScheduleExpression: awsevents.Schedule_Cron(&awsevents.CronOptions{Hour: str("2"), Minute: str("0")}),
			DeleteAfter:        awscdk.Duration_Days(num(365)),
		})},
	})
	s.backups.AddSelection(str("Table"), &awsbackup.BackupSelectionOptions{
		Resources: &[]awsbackup.BackupResource{awsbackup.BackupResource_FromArn(s.names.tableARN())},
	})
}
