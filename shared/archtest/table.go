// Package archtest holds the architecture as tests: who may import whom and why, that every use case asks for its right first,
// and that every feature explains itself. It reads source text only, so that a rule also holds for code that no build on this
// machine compiles. Test files are free: a test may bring together what the product keeps apart.
//
// To let a feature know another one, add it to features; to refuse an import, add a rule with its reason.
package archtest

// features says which other features a feature may know. The arrows are transitive, and nobody else may be imported. A feature
// that does not stand here may not exist.
var features = map[string][]string{
	"tenancy":       {},
	"identity":      {"tenancy"},
	"catalogue":     {"tenancy"},
	"servers":       {"tenancy"},
	"approvals":     {"tenancy"},
	"operations":    {"servers"},
	"accounts":      {"servers", "operations", "catalogue", "approvals"},
	"reports":       {"accounts"},
	"ordering":      {"catalogue", "accounts", "approvals"},
	"billing":       {"ordering", "catalogue"},
	"payments":      {"billing"},
	"publisher":     {},
	"notifications": {"tenancy"},
	"branding":      {"tenancy"},
	"contacts":      {"tenancy"},
	"overview": {
		"tenancy", "identity", "catalogue", "servers", "approvals", "operations", "accounts", "reports", "ordering", "billing",
		"payments", "notifications", "branding", "contacts",
	},
}

// rule refuses imports. Patterns are import paths, those of the project relative to its root; * stands for one element and
// a last ... for any number of them, none included.
type rule struct {
	packages []string
	except   []string
	mayNot   []string
	through  bool // also what is reached through other packages of the project
	why      string
}

const (
	huma        = "github.com/danielgtaylor/huma/v2/..."
	lambdaProxy = "github.com/awslabs/aws-lambda-go-api-proxy/..."
	awsSDK      = "github.com/aws/aws-sdk-go-v2/..."
	awsLambda   = "github.com/aws/aws-lambda-go/..."
	awsSDKv1    = "github.com/aws/aws-sdk-go/..."
)

var rules = []rule{
	{
		packages: []string{"shared/...", "events/..."},
		mayNot:   []string{"functions/...", "cmd/...", "scripts/...", "infra/..."},
		why:      "what all features use knows none of them; declare a small interface and let a main wire it",
	},
	{
		packages: []string{"functions/..."},
		except:   []string{"functions/*/lambda/..."},
		mayNot:   []string{"cmd/...", "scripts/...", "infra/..."},
		why:      "mains wire features, never the other way round",
	},
	{
		packages: []string{"functions/*/lambda/..."},
		mayNot:   []string{"cmd/tierkeep/...", "cmd/tierkeep-agent/...", "scripts/...", "infra/...", "frontend/..."},
		through:  true,
		why:      "a function carries its own feature, not the whole platform",
	},
	{
		packages: []string{"cmd/assemble"},
		mayNot:   []string{huma, "shared/web/...", awsSDK, awsLambda, "shared/port/*/sqlite/..."},
		through:  true,
		why:      "both worlds and all triggers are made of it, and each brings its own ports and its own way in",
	},
	{
		packages: []string{"cmd/assemble/web"},
		mayNot:   []string{awsSDK, "shared/port/*/sqlite/..."},
		through:  true,
		why:      "both worlds answer HTTP with it",
	},
	{
		packages: []string{"functions/..."},
		except:   []string{"functions/*/api/...", "functions/*/lambda/..."},
		mayNot:   []string{huma, awsSDK, awsSDKv1, awsLambda},
		through:  true,
		why:      "rules stay the same whatever carries the request and holds the data",
	},
	{
		packages: []string{"functions/..."},
		except:   []string{"functions/*/api/...", "functions/*/lambda/..."},
		mayNot:   []string{"net/http/...", "shared/web/..."},
		why:      "HTTP ends in the feature's api package",
	},
	{
		packages: []string{"..."},
		except:   []string{"shared/web/lambdahttp"},
		mayNot:   []string{lambdaProxy},
		why:      "lambdahttp alone repairs the headers that the proxy mangles; a second user would lose webhook signatures",
	},
	{
		packages: []string{"..."},
		except: []string{
			"shared/port/*/aws/...", "shared/port/awstest/...", "shared/port/awsfault/...", "shared/port/awscount/...", "functions/*/lambda/...",
			"cmd/...", "infra/...", "scripts/...",
		},
		mayNot: []string{awsSDK, awsSDKv1},
		why:    "a port's adapter hides the cloud; everything else runs on one machine unchanged",
	},
	{
		packages: []string{"shared/backup/..."},
		mayNot:   []string{"shared/port/..."},
		through:  true,
		why:      "it stands beside a backup server, far from the platform's data",
	},
}

// unasked names the use cases that ask for no right, with the reason.
var unasked = map[string]string{
	"tenancy.Service.PlantRoot": "runs once on an empty platform, when nobody exists who could have a right",
	"servers.Service.Enrol":     "the enrolment token is what is asked for",

	"identity.Service.SignIn":              "the password is what is asked for",
	"identity.Service.SignInWithCode":      "the code is what is asked for, after the password",
	"identity.Service.ForgetFactor":        "only the command on the platform's own machine calls it",
	"identity.Service.OpenLink":            "the one-time link is what is asked for",
	"identity.Service.FollowLink":          "the one-time link is what is asked for",
	"identity.Service.AuthenticateSession": "finds out who could be asked",
	"identity.Service.AuthenticateKey":     "finds out who could be asked",
	"identity.Service.Who":                 "tells people who they are, also where their tenant is suspended",
	"identity.Service.SignOut":             "anybody may leave, also where his tenant is suspended",
	"identity.Service.SignInLink":          "only the command on the platform's own machine calls it",
	"identity.Service.InviteOwner":         "returns rows to tenancy, which asked for the right to create the tenant",
}
