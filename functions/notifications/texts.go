package notifications

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed texts/*.json
var files embed.FS

// Languages are those that mails are written in; who has another one, or none, gets the first.
var Languages = []string{"en", "nl", "de", "fr"}

// texts are the texts of one language by their keys. A place that is filled in stands in braces: {name}.
type texts map[string]string

var catalogues = sync.OnceValue(func() map[string]texts {
	all := map[string]texts{}
	for _, language := range Languages {
		raw, err := files.ReadFile("texts/" + language + ".json")
		if err != nil {
			panic(fmt.Sprintf("the texts in %s: %v", language, err))
		}
		var t texts
		if err := json.Unmarshal(raw, &t); err != nil {
			panic(fmt.Sprintf("the texts in %s: %v", language, err))
		}
		all[language] = t
	}
	return all
})

// textsIn returns the language that a person gets, and its texts.
func textsIn(language string) (string, texts) {
	if t, ok := catalogues()[language]; ok {
		return language, t
	}
	return Languages[0], catalogues()[Languages[0]]
}

// say returns a text with its places filled in, given as names and values in turn.
func (t texts) say(key string, places ...string) string {
	for i := 0; i < len(places); i += 2 {
		places[i] = "{" + places[i] + "}"
	}
	return strings.NewReplacer(places...).Replace(t[key])
}
