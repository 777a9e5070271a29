package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
)

// addTable makes the one table, with the attributes of shared/port/store/aws: it is paid by request, can be brought back to
// any second of the last 35 days, and tells its changes to the publisher.
func (s *stack) addTable() {
	index := func(name, keys string) *awsdynamodb.GlobalSecondaryIndexPropsV2 {
		return &awsdynamodb.GlobalSecondaryIndexPropsV2{
			IndexName: str(name), PartitionKey: text(keys + "pk"), SortKey: text(keys + "sk"),
			ProjectionType: awsdynamodb.ProjectionType_ALL,
		}
	}
	s.table = awsdynamodb.NewTableV2(s.Stack, str("Table"), &awsdynamodb.TablePropsV2{
		TableName:              str(s.names.table()),
		PartitionKey:           text("pk"),
		SortKey:                text("sk"),
		GlobalSecondaryIndexes: &[]*awsdynamodb.GlobalSecondaryIndexPropsV2{index("first", "i1"), index("second", "i2")},
		TimeToLiveAttribute:    str("x"),
		DynamoStream:           awsdynamodb.StreamViewType_NEW_IMAGE,
		Billing:                awsdynamodb.Billing_OnDemand(nil),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: yes(true), RecoveryPeriodInDays: num(35),
		},
		DeletionProtection: yes(s.stage.Keep),
		RemovalPolicy:      s.removal(),
	})
}

func text(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: str(name), Type: awsdynamodb.AttributeType_STRING}
}
