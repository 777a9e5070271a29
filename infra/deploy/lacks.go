package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// Lacks is what the emulator refuses to make, with what proves it instead. It is left out of the template. A test tells when
// an entry is no longer needed.
var Lacks = map[string]string{
	"AWS::Budgets::Budget": "the assertions of infra, and cfn-lint",
}

// forEmulator changes a template where the emulator cannot do as AWS does, and nowhere else: it leaves out what the emulator
// lacks, and puts the addresses at which an API answers there into the variables and outputs that tell them.
func forEmulator(template []byte, endpoint string) ([]byte, error) {
	var t map[string]any
	if err := json.Unmarshal(template, &t); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	resources := object(t["Resources"])
	var api, sockets string
	for id, r := range resources {
		switch r := object(r); r["Type"] {
		case "AWS::ApiGatewayV2::Api":
			if object(r["Properties"])["ProtocolType"] == "WEBSOCKET" {
				sockets = id
			} else {
				api = id
			}
		default:
			if _, lacks := Lacks[fmt.Sprint(r["Type"])]; lacks {
				delete(resources, id)
			}
		}
	}
	at := map[string]any{
		functions.WakeEndpoint: address(endpoint, sockets, "v1"),
		functions.WakeURL:      address("ws"+strings.TrimPrefix(endpoint, "http"), sockets, "v1"),
	}
	for _, r := range resources {
		if r := object(r); r["Type"] == "AWS::Lambda::Function" {
			replace(object(object(object(r["Properties"])["Environment"])["Variables"]), at)
		}
	}
	outputs := object(t["Outputs"])
	for name, value := range map[string]any{
		"ApiUrl": address(endpoint, api, "$default"), "WakeEndpoint": at[functions.WakeEndpoint], "WakeUrl": at[functions.WakeURL],
	} {
		if o := object(outputs[name]); o != nil {
			o["Value"] = value
		}
	}
	return json.Marshal(t)
}

// address is where the emulator answers for an API's stage.
func address(endpoint, api, stage string) any {
	return map[string]any{"Fn::Join": []any{"", []any{endpoint + "/_aws/execute-api/", map[string]any{"Ref": api}, "/" + stage}}}
}

// replace puts values in the place of those that are there.
func replace(in, with map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(with)) {
		if _, there := in[name]; there {
			in[name] = with[name]
		}
	}
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}
