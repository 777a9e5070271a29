package main

import "github.com/aws/aws-cdk-go/awscdk/v2/awsbudgets"

// addBudget warns when the account is about to cost more than the stage should. It counts the whole account, which is one
// more reason to give each stage its own.
func (s *stack) addBudget() {
	warn := func(kind string, percent float64) *awsbudgets.CfnBudget_NotificationWithSubscribersProperty {
		return &awsbudgets.CfnBudget_NotificationWithSubscribersProperty{
			Notification: &awsbudgets.CfnBudget_NotificationProperty{
				NotificationType: str(kind), ComparisonOperator: str("GREATER_THAN"), Threshold: num(percent), ThresholdType: str("PERCENTAGE"),
			},
			Subscribers: []any{&awsbudgets.CfnBudget_SubscriberProperty{SubscriptionType: str("SNS"), Address: s.alarmTopic.TopicArn()}},
		}
	}
	awsbudgets.NewCfnBudget(s.Stack, str("Budget"), &awsbudgets.CfnBudgetProps{
		Budget: &awsbudgets.CfnBudget_BudgetDataProperty{
			BudgetName: str(s.names.stack()), BudgetType: str("COST"), TimeUnit: str("MONTHLY"),
			BudgetLimit: &awsbudgets.CfnBudget_SpendProperty{Amount: num(s.stage.MonthlyUSD), Unit: str("USD")},
		},
		NotificationsWithSubscribers: []any{warn("FORECASTED", 100), warn("ACTUAL", 80), warn("ACTUAL", 100)},
	})
}
