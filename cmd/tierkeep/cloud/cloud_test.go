package cloud_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/cloud"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/awstest/resources"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// stage makes a stack that has outputs and nothing else, and the table that they name.
func stage(t *testing.T, outputs map[string]string) (aws.Config, string) {
	t.Helper()
	if awstest.Kind() != emulator.Ministack || awstest.Real() {
		awstest.Lacking(t, "tables with indexes beside CloudFormation")
	}
	cfg := awstest.Config(t)
	if err := resources.Table(t.Context(), cfg, "tierkeep-dev"); err != nil {
		t.Fatal(err)
	}
	told := map[string]any{}
	for name, value := range outputs {
		told[name] = map[string]string{"Value": value}
	}
	text, err := json.Marshal(map[string]any{
		"Resources": map[string]any{"Nothing": map[string]any{"Type": "AWS::SQS::Queue"}}, "Outputs": told,
	})
	if err != nil {
		t.Fatal(err)
	}
	name, template := fmt.Sprintf("tierkeep-%d", time.Now().UnixNano()), string(text)
	formation := cloudformation.NewFromConfig(cfg)
	if _, err := formation.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: &name, TemplateBody: &template}); err != nil {
		t.Fatal(err)
	}
	done := cloudformation.NewStackCreateCompleteWaiter(formation, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, time.Second
	})
	if err := done.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: &name}, time.Minute); err != nil {
		t.Fatal(err)
	}
	return cfg, name
}

func TestTheFirstSignInPlantsTheSupplierAndLaterOnesDoNot(t *testing.T) {
	cfg, stack := stage(t, map[string]string{
		"TableName": "tierkeep-dev", "SecretPrefix": "tierkeep/dev/", "PortalUrl": "https://portal.example.com",
	})
	s, err := cloud.Open(t.Context(), cfg, stack, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	first := assemble.First{Company: "Supplier", Owner: "owner@supplier.example", TimeZone: "Europe/Amsterdam"}
	links := map[string]bool{}
	for _, email := range []string{"", "", "owner@supplier.example"} {
		link, err := s.SignIn(t.Context(), first, email)
		if err != nil || !strings.HasPrefix(link, "https://portal.example.com/") || links[link] {
			t.Errorf("for %q: %q %v", email, link, err)
		}
		links[link] = true
	}
	if _, err := s.SignIn(t.Context(), first, "nobody@supplier.example"); !problem.Has(err, problem.NotFound) {
		t.Errorf("a link for nobody: %v", err)
	}
}

func TestAStackThatIsNoneIsNamed(t *testing.T) {
	cfg, half := stage(t, map[string]string{"TableName": "tierkeep-dev"})
	for stack, want := range map[string]string{half: "SecretPrefix", "tierkeep-nowhere": "tierkeep-nowhere"} {
		if _, err := cloud.Open(t.Context(), cfg, stack, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", stack, err)
		}
	}
}
